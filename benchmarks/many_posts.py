"""Generated posts in an archive, waiting to be judged, and what a worker will say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice

from benchmarks.search_store import world_of
from benchmarks.search_world import ANNOTATOR, FIRST, Made
from core.model import Evidence
from core.ports import Archive, Outcome, Work

A_CAPTURE = 50


def generated(posts: int) -> list[Made]:
    """So many posts as the archive would know them."""
    return list(world_of(posts).posts(0, posts))


def fill(archive: Archive, made: Sequence[Made]) -> None:
    """Save the posts as crawls would, some from each page; all wait for a judgement then."""
    world = world_of(len(made))
    archive.register_sources(world.sources(), FIRST)
    ordered = sorted(made, key=_source)
    for source, group in groupby(ordered, key=_source):
        while part := list(islice(group, A_CAPTURE)):
            capture = part[-1].state.captures[0]
            _save(archive, source, part, capture)


def _source(made: Made) -> str:
    return made.state.record.source_id


def _save(archive: Archive, source: str, part: Sequence[Made], capture: Evidence) -> None:
    posts = [one.state.record.revisions[0].post for one in part]
    seen = max(one.state.record.revisions[0].first_seen for one in part)
    archive.save_posts(source, posts, seen_at=seen, evidence=replace(capture, fetched_at=seen))


def outcomes(work: Iterable[Work], made: Sequence[Made]) -> Iterator[Outcome]:
    """What a worker would hand in for this work: the generated annotations and judgements."""
    known = {one.state.record.id: one for one in made}
    for one in work:
        found = known[one.record.id]
        yield Outcome(one, ANNOTATOR, found.state.annotations, (found.judgement,))
