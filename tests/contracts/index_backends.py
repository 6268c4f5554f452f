"""The backends that the search index contract is run against, in this process and in others.

Another backend is one more line in BACKENDS. Run as a program this file opens a backend and obeys
commands on stdin, one line each, answering one line of JSON: how the suite has a second process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from core.model import FACETS, IndexDocument
from core.ports import SearchIndex
from core.query import SearchRequest
from core.store.elastic import ElasticIndex, Server, discard
from core.store.tantivy_index import TantivyIndex

ROOT = Path(__file__).resolve().parents[2]


def _elastic_server(where: Path) -> Server:
    return Server((where / "elastic").read_text("utf-8"))


# name -> (an empty directory of the test's, writable) -> the index that lives there
BACKENDS: dict[str, Callable[[Path, bool], SearchIndex]] = {
    "tantivy": lambda where, writable: TantivyIndex(where / "index", writable=writable),
    "elastic": lambda where, writable: ElasticIndex(
        _elastic_server(where), writable=writable, lock_in=where
    ),
}


@dataclass(frozen=True)
class Place:
    """Where one test's index of one backend is."""

    backend: str
    where: Path

    def prepare(self) -> None:
        """What has to run before the index can be opened; a test that cannot have it is skipped."""
        if self.backend != "elastic":
            return
        import pytest  # not in the other process

        from tests.services.elastic.node import CannotRun, shared_node

        try:
            url = shared_node().url
        except CannotRun as error:
            pytest.skip(str(error))
        name = f"t{crc32(str(self.where).encode()):08x}"  # an index of the test's own
        (self.where / "elastic").write_text(f"{url}/{name}", "utf-8")

    def remove(self) -> None:
        """Leave nothing of it on a server; directories are the test's own."""
        if self.backend == "elastic":
            discard(_elastic_server(self.where), self.where)

    def open(self, *, writable: bool) -> SearchIndex:
        """The index, in this process."""
        return BACKENDS[self.backend](self.where, writable)

    def elsewhere(self, *, writable: bool) -> OtherProcess:
        """The same index, opened by another process; its first `answer` is how that went."""
        return OtherProcess(self, writable)


class OtherProcess:
    """Sends a command, waits for the answer; killed at the end of the `with`."""

    def __init__(self, place: Place, writable: bool) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, place.backend, str(place.where), "w" if writable else "r"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )

    def __enter__(self) -> OtherProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def tell(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, *words: str) -> Any:
        self.tell(*words)
        return self.answer()


def document(
    name: str,
    text: str = "",
    *,
    russian: Sequence[str] | None = None,
    kazakh: Sequence[str] | None = None,
    post_id: str = "",
    doc_type: Any = "post",
    order: int | None = None,
    at: int = 0,
    **facets: Sequence[str],
) -> IndexDocument:
    """A document; its lemmas are the words of `text` unless a language gives its own."""
    assert set(facets) <= set(FACETS)
    return IndexDocument(
        doc_id=name,
        post_id=post_id or name,
        doc_type=doc_type,
        sort_key=crc32(name.encode()) if order is None else order,
        published_us=at,
        lemmas_kk=tuple(text.split() if kazakh is None else kazakh),
        lemmas_ru=tuple(text.split() if russian is None else russian),
        facets={key: tuple(values) for key, values in facets.items()},
    )


_KEPT: list[SearchIndex] = []


def _obey(index: SearchIndex, words: list[str]) -> Any:
    match words:
        case ["put", name, order, *text]:
            return index.put(name, 1, [document(name, " ".join(text), order=int(order))])
        case ["commit"]:
            return index.commit()
        case ["refresh"]:
            return index.refresh()
        case ["ids"]:
            return [hit.doc_id for hit in index.search(SearchRequest(limit=1_000)).hits]
        case ["start_rebuild"]:
            return bool(_KEPT.append(index.start_rebuild()))
        case ["rebuild", name, order]:
            fresh = index.start_rebuild()
            fresh.put(name, 1, [document(name, "rebuilt", order=int(order))])
            return index.finish_rebuild(fresh)
    raise ValueError(f"no such command: {words}")


def main(backend: str, where: str, mode: str) -> None:
    """Open, say how that went, obey."""

    def say(answer: Any) -> None:
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()

    try:
        index = BACKENDS[backend](Path(where), mode == "w")
    except Exception as error:
        say(type(error).__name__)
        return
    say("open")
    for line in sys.stdin:
        say(_obey(index, line.split()))


if __name__ == "__main__":
    main(*sys.argv[1:])
