"""Two archives, two indexes, one answer: the same posts kept, judged and indexed in both shapes.

SQLite with tantivy and PostgreSQL with Elasticsearch follow their outboxes, as `work` does; each
archive also fills the other's index by a rebuild, as `reindex` does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from archive_world import NOW, capture, later
from index_backends import Place
from index_world import CHOICES, World
from test_indexes_agree import Answer, answered

from config.loader import load_election
from config.settings import read_settings
from core.election import AccountRef, Election
from core.errors import InvalidQuery
from core.identity import text_hash
from core.model import FACETS, Account, Evidence, Post, Source
from core.ports import Archive, SearchIndex
from core.query import SearchRequest
from core.store.sql_archive import open_archive
from core.when import Instant
from monitor.indexer import Indexer, rebuild
from monitor.pipeline import Pipeline
from monitor.wiring import annotator
from nlp.analyzer import LemmaAnalyzer
from tests.monitor.conftest import FixedClock
from tests.services.postgres import PostgresServer

POSTS, QUERIES, PAGES = 180, 60, 3
CALLS = ("Ертең Ауыл партиясына дауыс беріңіздер!", "Голосуйте за партию AMANAT!", "")
ROLES = ("media", "party", "public", "candidate")
SOURCES = [
    Source(
        f"s{n}", "telegram" if n % 2 else "feed", f"https://s{n}.example/",
        Account(AccountRef("telegram" if n % 2 else "web", f"s{n}"), ROLES[n % 4],  # type: ignore[arg-type]
                (f"KZ-{(71, 75, 19)[n % 3]}",)),
        "mixed", 5.0,
    )
    for n in range(6)
]  # fmt: skip


@dataclass(frozen=True)
class House:
    """An archive, and the indexes that were made of it: by its outbox, and anew."""

    archive: Archive
    pipeline: Pipeline
    indexer: Indexer
    followed: SearchIndex
    rebuilt: SearchIndex

    def save(self, posts: Sequence[tuple[str, Post, Evidence]]) -> None:
        for source, post, proof in posts:
            self.archive.save_posts(source, [post], seen_at=proof.fetched_at, evidence=proof)

    def come_to_rest(self) -> None:
        """Judge and index all that is owed, and build the other index anew."""
        while self.pipeline.run_batch():
            pass
        while self.indexer.follow():
            pass
        assert self.archive.counts().index_pending == 0
        election, words = self.indexer.election, self.indexer.analyzer
        assert list(rebuild(self.archive, self.rebuilt, election, words))[-1] == POSTS
        self.followed.refresh()


class Asking(World):
    """Queries whose fields and filters have values that the documents have."""

    values: Mapping[str, Sequence[str]]

    def _filters(self) -> dict[str, tuple[str, ...]]:
        names = self._chance.sample(list(self.values), self._chance.choice([0, 0, 1, 2]))
        return {name: tuple(self._chance.sample(list(self.values[name]), 1)) for name in names}

    def asked(self) -> SearchRequest:
        """One that can be read: a smiley alone is nothing to search for."""
        while True:
            try:
                return self.request()
            except InvalidQuery:
                continue

    def _atom(self) -> str:
        if self._chance.random() < 0.2:
            name = self._chance.choice(list(self.values))
            return f'{name}:"{self._chance.choice(list(self.values[name]))}"'
        return super()._atom()


@pytest.fixture(scope="module")
def election() -> Election:
    return load_election("kz-maslikhat-2023", register="none")


@pytest.fixture(scope="module")
def houses(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, election: Election
) -> Iterator[dict[str, House]]:
    places = [Place(name, tmp_path_factory.mktemp(name)) for name in ("tantivy", "elastic") * 2]
    for place in places:
        place.prepare()
    words = LemmaAnalyzer()
    reader = annotator(read_settings(classifier="lexicon"), election, words)
    database = postgres.create()
    urls = {"sqlite": f"sqlite:///{places[0].where}/archive.sqlite3",
            "postgresql": postgres.url(database)}  # fmt: skip
    made: dict[str, House] = {}
    for (name, url), own, other in zip(urls.items(), places, reversed(places), strict=False):
        archive, followed = open_archive(url), own.open(writable=True)
        archive.register_sources(SOURCES, NOW)
        made[name] = House(
            archive, Pipeline(archive, reader, election, FixedClock(), "w"),
            Indexer(archive, lambda index=followed: index, election, words, "w"),  # type: ignore[misc]
            followed, other.open(writable=True),
        )  # fmt: skip
    yield made
    for house in made.values():
        house.followed.close()
        house.rebuilt.close()
        house.archive.close()
    for place in places:
        place.remove()
    postgres.drop(database)


@pytest.fixture(scope="module")
def world() -> Asking:
    return Asking(11, LemmaAnalyzer())


def post(number: int, version: int, world: World) -> tuple[str, Post, Evidence]:
    """A post of a source, with the proof of it."""
    source, chance = SOURCES[number % len(SOURCES)], random.Random(number)
    text = f"{world.text(('kk', 'ru', 'mixed')[number % 3])} {CALLS[number % 3]} {number}"
    world.texts.append(text)
    at = Instant(later(minutes=-chance.randrange(4 * 24 * 60)))
    world.times.append(int(at.at.timestamp() * 1_000_000))
    seen = later(hours=version)
    edited = Instant(later(hours=version, minutes=-5)) if version > 1 else None
    platform = source.account.ref.platform
    made = Post(
        platform, f"{source.id}/{number}" if platform == "telegram" else f"{source.url}{number}",
        f"{source.url}{number}", text, published=at, edited=version > 1, edited_at=edited,
        parser="p", parser_version="1",
    )  # fmt: skip
    return source.id, made, capture(seen, url=source.url, body=text_hash(text))


def values(index: SearchIndex) -> dict[str, tuple[str, ...]]:
    """What the facets hold."""
    found: dict[str, tuple[str, ...]] = {}
    for sort in ("post", "flag"):
        asked = SearchRequest(doc_type=sort, facets=FACETS, limit=0, facet_size=50)  # type: ignore[arg-type]
        for name, counted in index.search(asked).facets.items():
            found[name] = (*found.get(name, ()), *(value for value, _ in counted))
    return {name: tuple(dict.fromkeys(held)) for name, held in found.items() if held}


def compare(
    houses: dict[str, House], asked: Sequence[tuple[SearchRequest, Sequence[str]]]
) -> list[Answer]:
    """Each query on all four indexes; what they agreed on."""
    first, *others = [
        index for house in houses.values() for index in (house.followed, house.rebuilt)
    ]
    agreed: list[Answer] = []
    for request, by in asked:
        limit = first.search(replace(request, limit=0, facets=())).total // PAGES + 1
        wanted = answered(first, request, by, limit=limit)
        for other in others:
            assert answered(other, request, by, limit=limit) == wanted, (request, by)
        agreed.append(wanted)
    return agreed


def flags_of(house: House) -> set[object]:
    """Every flag with its place and what it says."""
    states = house.archive.states(house.archive.post_ids(limit=POSTS))
    return {(one.id, one.sort_key, one.current) for state in states.values() for one in state.flags}


def test_the_same_ids_order_counts_and_days_before_and_after_a_third_is_indexed_anew(
    houses: dict[str, House], world: Asking
) -> None:
    first = [post(number, 1, world) for number in range(POSTS)]
    for house in houses.values():
        house.save(first)
        house.come_to_rest()
    world.values = values(houses["sqlite"].followed)
    assert set(world.values) >= {"rule", "verdict", "party", "region", "local_day", "source"}
    asked = [(world.asked(), world.by()) for _ in range(QUERIES)]
    asked += [(SearchRequest(facets=FACETS, facet_size=50), ["local_day"]),
              (SearchRequest(doc_type="flag"), ["local_day", "region", "rule"])]  # fmt: skip
    before = compare(houses, asked)
    assert sum(bool(answer.pages[0].hits) for answer in before) > QUERIES * 0.5
    assert flags_of(houses["sqlite"]) == flags_of(houses["postgresql"]) != set()

    third = [post(number, 2, world) for number in range(0, POSTS, 3)]
    gone = houses["sqlite"].archive.post_ids(limit=POSTS)[5::60]
    for house in houses.values():
        house.save(third)
        assert house.archive.save_gone(gone, at=later(hours=3), evidence=capture(later(hours=3)))
        house.come_to_rest()
    after = compare(houses, asked)
    assert sum(one != other for one, other in zip(before, after, strict=True)) > QUERIES * 0.3
    assert flags_of(houses["sqlite"]) == flags_of(houses["postgresql"])


def test_the_choices_of_the_generator_are_not_those_of_these_posts(world: Asking) -> None:
    """Or every filter by them would agree on nothing."""
    assert world.values["source"] != CHOICES["source"]
