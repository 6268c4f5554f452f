"""Two indexes, one answer: the embedded one and Elasticsearch over the same posts and queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from index_backends import Place
from index_world import Put, World

from core.ports import SearchIndex
from core.query import SearchPage, SearchRequest
from nlp.analyzer import LemmaAnalyzer

POSTS, QUERIES, PAGES = 2_000, 300, 3
BATCH = 500


@dataclass(frozen=True)
class Answer:
    """All pages of a search from the first to the last, and one count of combinations."""

    pages: tuple[SearchPage, ...]
    counts: dict[tuple[str, ...], int]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    found = {name: Place(name, tmp_path_factory.mktemp(name)) for name in ("tantivy", "elastic")}
    for place in found.values():
        place.prepare()
    yield found
    for place in found.values():
        place.remove()


@pytest.fixture(scope="module")
def indexes(places: dict[str, Place]) -> Iterator[dict[str, SearchIndex]]:
    opened = {name: place.open(writable=True) for name, place in places.items()}
    yield opened
    for index in opened.values():
        index.close()


@pytest.fixture(scope="module")
def world() -> World:
    return World(2023, LemmaAnalyzer())


def put_all(indexes: dict[str, SearchIndex], puts: Sequence[Put]) -> None:
    """Into both, in batches; both take and ignore the same."""
    for start in range(0, len(puts), BATCH):
        for put in puts[start : start + BATCH]:
            taken = {index.put(put.post_id, put.version, put.documents)
                     for index in indexes.values()}  # fmt: skip
            assert len(taken) == 1, put.post_id
        for index in indexes.values():
            index.commit()


def answered(
    index: SearchIndex, request: SearchRequest, by: Sequence[str], *, limit: int
) -> Answer:
    """Follow the cursor to the end; the facets, which no cursor changes, with two pages alone."""
    asked = replace(request, limit=limit)
    pages = [index.search(asked)]
    while (before := pages[-1].next_before) is not None:
        pages.append(index.search(replace(asked, before=before)))
        asked = replace(asked, facets=())
    assert sum(len(page.hits) for page in pages) == pages[0].total
    return Answer(tuple(pages), index.count_by(request, by))


def compare(
    indexes: dict[str, SearchIndex], asked: Sequence[tuple[SearchRequest, Sequence[str]]]
) -> list[Answer]:
    """Each query on both, page by page; what they agreed on."""
    agreed: list[Answer] = []
    for request, by in asked:
        total = indexes["tantivy"].search(replace(request, limit=0, facets=())).total
        embedded, served = (
            answered(indexes[name], request, by, limit=total // PAGES + 1)
            for name in ("tantivy", "elastic")
        )
        assert served == embedded, (request, by)
        agreed.append(embedded)
    return agreed


def test_two_thousand_posts_and_three_hundred_queries_before_and_after_indexing_a_third_anew(
    indexes: dict[str, SearchIndex], world: World
) -> None:
    posts = list(world.posts(POSTS, version=1))
    put_all(indexes, posts)
    asked = [(world.request(), world.by()) for _ in range(QUERIES)]
    first = compare(indexes, asked)
    # Queries that find nothing agree on nothing: most of these do find something.
    assert sum(bool(answer.pages[0].hits) for answer in first) > QUERIES * 0.6
    assert sum(len(answer.pages) > 1 for answer in first) > QUERIES * 0.5
    assert sum(len(answer.counts) > 0 for answer in first) > QUERIES * 0.4

    anew = [world.post(number, 2) for number in range(0, POSTS, 3)]
    late = posts[::5]  # an older version of some posts comes after the newer one
    gone = [Put(put.post_id, 3, ()) for put in posts[7::100]]
    put_all(indexes, [*anew, *late, *gone])
    second = compare(indexes, asked)
    assert sum(one != other for one, other in zip(first, second, strict=True)) > QUERIES * 0.5


def test_a_rebuild_of_one_agrees_with_the_other_that_was_written_bit_by_bit(
    indexes: dict[str, SearchIndex], world: World
) -> None:
    """After the test above: all posts once more, and in another order into a fresh index."""
    now = [world.post(number, 5) for number in range(POSTS - 1, -1, -1)]
    put_all(indexes, now)
    fresh = indexes["elastic"].start_rebuild()
    for put in sorted(now, key=lambda one: one.post_id):
        assert fresh.put(put.post_id, put.version, put.documents)
    indexes["elastic"].finish_rebuild(fresh)
    compare(indexes, [(world.request(), world.by()) for _ in range(40)])


def test_what_is_asked_is_what_people_ask() -> None:
    """The generator makes every sort of query, in both languages, and not one of them is blank."""
    own = World(7, LemmaAnalyzer())
    list(own.posts(50, version=1))
    queries = [own.query() for _ in range(QUERIES)]
    assert len(set(queries)) > QUERIES * 0.9
    for sign in ('"', " OR ", "NOT ", 'region:"', "сайла", "голос"):
        assert any(sign in query for query in queries), sign
