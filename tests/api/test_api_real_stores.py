"""The API over the real archive, index, analyzer and evidence files: one way through the house."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from api_world import ACCOUNTS, ELECTION, NOW, FakeClock, at
from fastapi.testclient import TestClient

from api.app import create_app
from core.documents import index_documents
from core.model import Annotation, Post, Source, Span
from core.store.sql_archive import SqlArchive, open_archive
from core.store.tantivy_index import TantivyIndex
from core.when import Instant
from crawler.warc import WarcWriter, read_record
from crawler.wire import Exchange
from monitor.pipeline import Pipeline
from nlp.analyzer import LemmaAnalyzer

TEXTS = (
    "Құрметті ағайын! Тимур Омаровқа дауыс беріңіздер, бірге жеңеміз!",
    "Дорогие соседи, голосуйте за Омарова, он построил школу.",
    "Бүгін қалада қар жауды, жолда абай болыңыздар.",
    "Участки открыты с 7:00 до 20:00, не забудьте удостоверение.",
)


class Reader:
    """Calls a text campaigning where it asks for votes: enough for the law to speak."""

    version = "reader-1"

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """The kind and the candidate named."""
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> tuple[Annotation, ...]:
        call = re.search("дауыс беріңіздер|голосуйте", text)
        kind = "campaigning" if call else "other"
        spans = (Span(*call.span()),) if call else ()
        notes = [Annotation("reader", "1", "kind", kind, 0.9, spans)]
        if found := re.search(r"(Тимур )?Омаров\w+", text):
            where = (Span(*found.span()),)
            notes.append(Annotation("reader", "1", "candidate", "ala-omarov", 0.9, where))
        return tuple(notes)


@dataclass
class House:
    archive: SqlArchive
    api: TestClient
    payload: bytes


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Posts fetched, kept, judged and indexed by the real parts."""
    folder: Path = tmp_path_factory.mktemp("house")
    archive = open_archive(f"sqlite:///{folder}/archive.sqlite3")
    account = ACCOUNTS["omarov"]
    watched = Source("omarov", "telegram", "https://t.me/s/omarov_almaty", account, "kk", 5.0)
    archive.register_sources([watched], NOW)
    payload = gzip.compress("<p>Дауыс беріңіздер</p>".encode(), mtime=0)
    writer = WarcWriter(folder, now=lambda: NOW, software="test")
    evidence = writer.write(
        Exchange(
            watched.url, NOW, "GET /s/omarov_almaty HTTP/1.1", (("Host", "t.me"),),
            "HTTP/1.1 200 OK", 200,
            (("Content-Type", "text/html"), ("Content-Encoding", "gzip")), payload,
        )
    )  # fmt: skip
    posts = [
        Post(
            "telegram", f"omarov_almaty/{n}", f"https://t.me/omarov_almaty/{n}", text,
            published=Instant(at(f"18 0{n}:30")), parser="telegram", parser_version="1",
        )
        for n, text in enumerate(TEXTS, 1)
    ]  # fmt: skip
    archive.save_posts("omarov", posts, seen_at=NOW, evidence=evidence)
    analyzer = LemmaAnalyzer()
    Pipeline(archive, Reader(), ELECTION, FakeClock(NOW), "test").run_batch()
    index = TantivyIndex(folder / "index", writable=True)
    for post_id, version in archive.index_batch(limit=100):
        state = archive.states([post_id])[post_id]
        index.put(post_id, version, index_documents(state, ELECTION, analyzer))
    index.commit()
    app = create_app(
        archive=archive,
        index=TantivyIndex(folder / "index", writable=False),
        analyzer=analyzer,
        election=ELECTION,
        clock=FakeClock(NOW),
        read_evidence=partial(read_record, directory=folder),
        alarm=lambda _: None,
        version="test",
    )
    yield House(archive, TestClient(app), payload)
    index.close()
    archive.close()


def test_a_word_in_another_form_finds_and_marks_the_post(house: House) -> None:
    for query, words in (("голосовать", "голосуйте"), ("дауысқа", "дауыс")):
        body = house.api.get("/api/posts", params={"q": query}).json()
        (one,) = [item for item in body["items"] if words in item["snippet"]["text"]]
        snippet = one["snippet"]
        marked = [
            snippet["text"][h["start"] - snippet["start"] : h["end"] - snippet["start"]]
            for h in snippet["highlights"]
        ]
        assert words in marked


def test_flags_facets_and_pages(house: House) -> None:
    body = house.api.get("/api/flags", params={"facets": "rule,verdict", "limit": 1}).json()
    assert body["total"] > 1
    assert len(body["items"]) == 1
    rules = {one["value"]: one["count"] for one in body["facets"]["rule"]}
    assert rules["silence_violation"] == 2
    rest = house.api.get("/api/flags", params={"cursor": body["next"]}).json()
    assert len(rest["items"]) == body["total"] - 1


def test_posts_by_verdict_stand_once(house: House) -> None:
    body = house.api.get("/api/posts", params={"verdict": "violation"}).json()
    assert body["total"] == len({one["id"] for one in body["items"]}) == 2


def test_the_evidence_is_what_came_over_the_wire(house: House) -> None:
    flag = house.api.get("/api/flags").json()["items"][0]
    (capture,) = house.api.get(f"/api/posts/{flag['post_id']}").json()["captures"]
    answer = house.api.get(capture["download"])
    assert answer.content == house.payload
    assert hashlib.sha256(answer.content).hexdigest() == capture["sha256"]
    assert house.archive.audit()[-1].action == "evidence.read"
    assert house.archive.verify_audit() is None


def test_trends_pages_and_probes(house: House) -> None:
    trends = house.api.get("/api/trends", params={"by": "candidate,region"}).json()
    assert [(one["day"], one["count"], one["collected"]) for one in trends["rows"]] == [
        ("2023-03-18", 2, 4)
    ]
    assert house.api.get("/readyz").status_code == 200
    assert "baqylau_posts 4.0" in house.api.get("/metrics").text
    for page in ("/", "/?view=posts&q=школа", "/sources"):
        assert house.api.get(page).status_code == 200
