"""What the archive and the index have when all is calm again, against what was promised."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from sqlalchemy import create_engine, func, select

from config.settings import Settings
from core.documents import index_documents
from core.model import IndexDocument
from core.ports import PostState
from core.query import SearchRequest, Word
from core.store import tables
from core.store.elastic import ElasticIndex, mapping
from core.store.sql_archive import SqlArchive
from monitor import wiring

STEP = 500
WORDS = 60
_WORDS = (mapping.lemma_field("kk"), mapping.lemma_field("ru"))


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of each there are; all but `posts` and `documents` should be none."""

    posts: int
    documents: int
    lost: int
    not_judged: int
    twice: int
    differing: int
    words_differing: int


def compare(settings: Settings, archive: SqlArchive, saved: Sequence[str]) -> Kept:
    """Every post and every document, and some words by the answer of a search."""
    states = dict(_states(archive))
    election, words = wiring.election_of(settings), wiring.analyzer()
    made = {key: index_documents(state, election, words) for key, state in states.items()}
    wanted = dict(_wanted(states, made))
    with Elasticsearch(settings.index_url.rpartition("/")[0]) as client:
        found = dict(_found(client, f"{settings.index_url.rpartition('/')[2]}-v{mapping.VERSION}"))
    return Kept(
        posts=len(states),
        documents=len(wanted),
        lost=len(set(saved) - set(states)),
        not_judged=len(set(states) - _judged(settings)),
        twice=_twice(settings) + sum(_flagged_twice(one) for one in states.values()),
        differing=sum(wanted.get(key) != found.get(key) for key in {*wanted, *found}),
        words_differing=_words_differing(settings, made),
    )


def _states(archive: SqlArchive) -> Iterator[tuple[str, PostState]]:
    after = ""
    while ids := archive.post_ids(after=after, limit=STEP):
        yield from archive.states(ids, with_captures=False).items()
        after = ids[-1]


def _wanted(
    states: Mapping[str, PostState], made: Mapping[str, Sequence[IndexDocument]]
) -> Iterator[tuple[str, Any]]:
    for key, documents in made.items():
        for number, source in enumerate(as_given_back(key, documents)):
            yield mapping.document_id(key, number), (states[key].index_version, source)


def as_given_back(post_id: str, documents: Sequence[IndexDocument]) -> list[dict[str, Any]]:
    """What Elasticsearch answers of a post: JSON knows no tuples, and words are not kept."""
    sources: list[dict[str, Any]] = orjson.loads(orjson.dumps(mapping.sources(post_id, documents)))
    return [
        {name: value for name, value in source.items() if name not in _WORDS} for source in sources
    ]


def _found(client: Elasticsearch, alias: str) -> Iterator[tuple[str, Any]]:
    for hit in scan(client, index=alias, query={"version": True}, size=1_000):
        yield hit["_id"], (hit["_version"], hit["_source"])


def _judged(settings: Settings) -> set[str]:
    engine = create_engine(settings.archive_url)
    try:
        with engine.connect() as connection:
            query = select(tables.judgements.c.post_id).where(tables.judgements.c.is_current)
            return set(connection.execute(query).scalars())
    finally:
        engine.dispose()


def _twice(settings: Settings) -> int:
    """Readings that have more than one judgement, though law and detectors never changed."""
    row = tables.judgements.c
    place = (row.post_id, row.revision, row.act, row.election_id)
    engine = create_engine(settings.archive_url)
    try:
        with engine.connect() as connection:
            query = select(*place).group_by(*place).having(func.count() > 1)
            return len(connection.execute(query).all())
    finally:
        engine.dispose()


def _flagged_twice(state: PostState) -> int:
    """Flags of one rule, contest and revision beyond the first."""
    seen: Counter[tuple[object, ...]] = Counter()
    for one in state.flags:
        flag = one.judgement.flags[one.flag_number]
        seen[one.judgement.revision, one.judgement.act, flag.rule, flag.contest] += 1
    return sum(count - 1 for count in seen.values())


def _words_differing(settings: Settings, made: Mapping[str, Sequence[IndexDocument]]) -> int:
    """Words by which a search finds other posts than have them: words are not kept to be read."""
    posts = [one for documents in made.values() for one in documents if one.doc_type == "post"]
    words = sorted({word for one in posts for word in one.lemmas_ru})
    chosen = random.Random(7).sample(words, min(WORDS, len(words)))
    index = ElasticIndex(wiring.elastic_of(settings), writable=False, lock_in=settings.data)
    try:
        return sum(
            _ids(index, word)
            != {one.doc_id for one in posts if word in one.lemmas_ru or word in one.lemmas_kk}
            for word in chosen
        )
    finally:
        index.close()


def _ids(index: ElasticIndex, word: str) -> set[str]:
    page = index.search(SearchRequest(node=Word(word, word, word), limit=1_000_000))
    return {hit.doc_id for hit in page.hits}
