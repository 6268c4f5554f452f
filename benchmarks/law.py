"""What share of a post's time in the pipeline goes to the law.

The whole `Pipeline.run_batch` over a real archive: lease, detectors, rules, one transaction. Texts
are the demo's, each put together from two of them so that none is read twice; accounts are the
demo's too, and times those around the day of silence.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track

import monitor.pipeline
from benchmarks.report import Figure, load
from config.settings import read_settings
from core.election import AccountRef, Election
from core.model import Account, Evidence, Flag, Post, Role, Source, Subject
from core.ports import Archive
from core.rules import judge
from core.when import Instant
from monitor import wiring
from monitor.demo.world import load_world
from monitor.pipeline import Pipeline

POSTS, WARM_UP, BATCH = 3000, 64, 50
ROLES: tuple[Role, ...] = ("candidate", "party", "media", "blogger", "state_body", "unknown")
BEGIN = datetime(2023, 3, 16, tzinfo=UTC)


class Stopwatch:
    """`judge`, and how long it took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.flags = 0

    def judge(self, subject: Subject, election: Election) -> tuple[Flag, ...]:
        """What the law says."""
        started = time.perf_counter()
        found = judge(subject, election)
        self.seconds += time.perf_counter() - started
        self.flags += len(found)
        return found


def run(posts: int = POSTS) -> list[Figure]:
    """Judge so many posts, after a batch that only warms up."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder))
        election, archive = wiring.election_of(settings), wiring.open_archive(settings)
        pipeline = Pipeline(
            archive, wiring.annotator(settings, election, wiring.analyzer()), election,
            wiring.clock_of(settings), wiring.worker_name(), batch=settings.work_batch,
        )  # fmt: skip
        _fill(archive, election, posts + WARM_UP)
        pipeline.run_batch()
        with _timed() as law:
            started, done = time.perf_counter(), 0
            for _ in track(range(-(-posts // pipeline.batch)), "judging"):
                done += pipeline.run_batch()
            seconds = time.perf_counter() - started
        archive.close()
    Console().print(f"{done} posts, {law.flags} flags, load {load()}")
    return [
        Figure("law", f"the rules, of the time of a post ({done:,} posts)",
               law.seconds / done * 1e6, "us", "the pipeline", seconds / done * 1e6, "< 0.05x")
    ]  # fmt: skip


@contextmanager
def _timed() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    vars(monitor.pipeline)["judge"] = watch.judge
    try:
        yield watch
    finally:
        vars(monitor.pipeline)["judge"] = judge


def _fill(archive: Archive, election: Election, posts: int) -> None:
    """Sources of several roles and regions, and posts of theirs that wait to be judged."""
    rng = random.Random(20230318)
    texts = [post.text for site in load_world().sites.values() for post in site]
    sources = [
        Source(f"bench-{role}", "telegram", f"https://t.me/s/bench_{role}",
               Account(AccountRef("telegram", f"bench_{role}"), role,
                       (rng.choice(sorted(election.regions)),)), "mixed", 10.0)
        for role in ROLES
    ]  # fmt: skip
    archive.register_sources(sources, BEGIN)
    for first in range(0, posts, BATCH):
        source, seen = sources[first // BATCH % len(sources)], BEGIN + timedelta(days=4)
        last = min(first + BATCH, posts)
        made = [_post(number, source, texts, rng) for number in range(first, last)]
        capture = Evidence(f"{first:064x}", source.url, seen, 200, (), "text/html", 1,
                           "bench-00000.warc.gz", 0, 1)  # fmt: skip
        archive.save_posts(source.id, made, seen_at=seen, evidence=capture)


def _post(number: int, source: Source, texts: list[str], rng: random.Random) -> Post:
    text = f"{rng.choice(texts)}\n\n{rng.choice(texts)}\n{number}"
    at = BEGIN + timedelta(minutes=rng.randrange(4 * 24 * 60))
    handle = source.account.ref.handle
    return Post("telegram", f"{handle}/{number}", f"https://t.me/{handle}/{number}", text,
                published=Instant(at), parser="telegram", parser_version="1")  # fmt: skip
