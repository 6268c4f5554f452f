"""Which index stands behind a name, and how a rebuild takes its place.

    baqylau-v1          alias: what is searched; the number is mapping.VERSION
    baqylau-v1-000002   an index; a rebuild fills the one with the next number
    baqylau-v1-000002.w alias of that index alone: what is written to

The alias moves in one step. Writing goes through an alias because the server would make an index
of its own for a name that has gone, without our mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from core.errors import SchemaMismatch, StoreError
from core.store.elastic import mapping
from core.store.elastic.connection import REPAIR, Server, connect, translated
from core.store.elastic.lock import WriterLock


class Generations:
    """The indices of one name on one server."""

    def __init__(self, client: Elasticsearch, server: Server) -> None:
        self._client = client
        self._server = server
        self._name = re.compile(rf"{re.escape(server.name)}-v(\d+)-(\d{{6,}})")

    @property
    def alias(self) -> str:
        """The alias that is searched."""
        return f"{self._server.name}-v{mapping.VERSION}"

    def current(self) -> str | None:
        """The index to search; None where nothing was ever written.

        Raises SchemaMismatch for one of another version of this program, or of another program.
        """
        found = self._aliases()
        ours = [index for index, aliases in found.items() if self.alias in aliases]
        if len(ours) > 1:
            raise StoreError(f"the alias {self.alias} has several indices: {ours}; {REPAIR}")
        if ours:
            self._check(ours[0])
            return ours[0]
        for index, aliases in found.items():
            version = self._version(index)
            if version is not None and f"{self._server.name}-v{version}" in aliases:
                raise SchemaMismatch(
                    f"{index} at {self._server.address} has schema {version}, this program writes "
                    f"and reads {mapping.VERSION}; {REPAIR}"
                )
        return None

    def _aliases(self) -> Mapping[str, Iterable[str]]:
        with translated(self._server):
            answer = self._client.indices.get_alias(index=f"{self._server.name}-v*")
        found = {index: tuple(entry["aliases"]) for index, entry in answer.body.items()}
        return {i: a for i, a in found.items() if self._version(i) is not None or self.alias in a}

    def _version(self, index: str) -> int | None:
        found = self._name.fullmatch(index)
        return int(found[1]) if found else None

    def _check(self, index: str) -> None:
        with translated(self._server):
            answer = self._client.indices.get_mapping(index=index)
        if not mapping.is_ours(answer.body[index]["mappings"].get("_meta")):
            raise SchemaMismatch(
                f"{index} at {self._server.address} was written by another program; {REPAIR}"
            )

    def create(self, *, searched: bool) -> str:
        """A new empty index with the next number; its name. `searched` gives it the alias too."""
        mine = [found for name in self._aliases() if (found := self._name.fullmatch(name))]
        number = max((int(found[2]) for found in mine), default=0) + 1
        index = f"{self.alias}-{number:06d}"
        aliases: dict[str, Any] = {written(index): {}} | ({self.alias: {}} if searched else {})
        with translated(self._server):
            self._client.indices.create(
                index=index, settings=mapping.SETTINGS, mappings=mapping.mappings(), aliases=aliases
            )
        return index

    def switch(self, fresh: str, old: str) -> None:
        """Search `fresh` from now on, in every process."""
        with translated(self._server):
            self._client.indices.update_aliases(actions=[
                {"add": {"index": fresh, "alias": self.alias}},
                {"remove": {"index": old, "alias": self.alias}},
            ])  # fmt: skip

    def retired(self) -> list[str]:
        """Indices that nobody will open any more: old ones, and rebuilds that were given up."""
        return [
            index
            for index, aliases in self._aliases().items()
            if self._version(index) == mapping.VERSION and self.alias not in aliases
        ]

    def sweep(self, retired: Iterable[str]) -> list[str]:
        """Remove those of `retired` that nobody searches; the others, for the next time.

        Who searches one holds a snapshot of it until the next refresh, or some minutes after it
        was killed.
        """
        left: list[str] = []
        for index in retired:
            if self._is_searched(index):
                left.append(index)
            else:
                self.remove(index)
        return left

    def _is_searched(self, index: str) -> bool:
        try:
            with translated(self._server):
                answer = self._client.indices.stats(index=index, metric="search")
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):
                return False
            raise
        return bool(answer.body["_all"]["total"]["search"].get("open_contexts"))

    def remove(self, index: str) -> None:
        """Remove one index; without effect where it has gone."""
        with translated(self._server):
            self._client.indices.delete(index=index, ignore_unavailable=True)

    def all(self) -> list[str]:
        """Every index that we made under this name, of whatever version."""
        return [index for index in self._aliases() if self._version(index) is not None]


def written(index: str) -> str:
    """The alias through which an index is written."""
    return f"{index}.w"


def discard(server: Server, lock_in: Path) -> None:
    """Forget an index that cannot be used (SchemaMismatch, StoreError): the next one is empty.

    Raises StoreUnavailable while another process of this installation writes to it.
    """
    lock = WriterLock(lock_in, server.name)
    try:
        client = connect(server)
        try:
            generations = Generations(client, server)
            for index in generations.all():
                generations.remove(index)
        finally:
            client.close()
    finally:
        lock.release()
