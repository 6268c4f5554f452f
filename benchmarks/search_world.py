"""Generated posts as the archive would know them: text, account, annotations, judgement, flags.

The same range of numbers gives the same posts whenever it is made. Times run from the call of the
election to the end of voting day, later numbers later.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from benchmarks.search_words import Vocabulary
from core.election import AccountRef, Election
from core.identity import SEQUENCE_BITS, digest, post_id, sort_key
from core.model import (
    Account,
    Act,
    Annotation,
    Evidence,
    Judgement,
    Platform,
    Post,
    PostRecord,
    Revision,
    Role,
    Source,
    Span,
    Token,
)
from core.ports import JudgedFlag, PostState
from core.rules import judge, ruleset_hash
from core.subjects import subject_of
from core.when import TZDATA_VERSION, Instant, micros

FIRST, LAST = datetime(2023, 1, 19, tzinfo=UTC), datetime(2023, 3, 19, 15, tzinfo=UTC)
SOURCES, POSTS_A_CAPTURE = 200, 20
ANNOTATOR = "generated-1"
_ROLES = [role for role in get_args(Role) if role != "private"]
_RULESET = ruleset_hash()


class Given:
    """An Analyzer for one text whose tokens are known."""

    version = "given"

    def __init__(self, given: Sequence[Token]) -> None:
        self.given = given

    def tokens(self, text: str) -> Sequence[Token]:
        """The tokens of the text that this was made for."""
        return self.given


@dataclass(frozen=True, slots=True)
class Made:
    """One generated post: what the archive knows of it, its judgement, the tokens of its text."""

    state: PostState
    judgement: Judgement
    tokens: Given
    published_us: int


@dataclass(frozen=True, slots=True)
class World:
    """Makes posts `first` to `last` of `total`."""

    election: Election
    kazakh: Vocabulary
    russian: Vocabulary
    total: int

    def sources(self) -> list[Source]:
        """Who speaks: a role, a region and a platform each."""
        rng, regions = random.Random(1), sorted(self.election.regions)
        return [self._source(number, rng, regions) for number in range(SOURCES)]

    def _source(self, number: int, rng: random.Random, regions: Sequence[str]) -> Source:
        name, role, region = f"bench_{number}", rng.choice(_ROLES), rng.choice(regions)
        if number % 2:
            account = Account(AccountRef("telegram", name), role, (region,))
            return Source(name, "telegram", f"https://t.me/s/{name}", account, "mixed", 50.0)
        account = Account(AccountRef("web", f"{number}.example.kz"), role, (region,))
        return Source(name, "feed", f"https://{number}.example.kz/feed.xml", account, "mixed", 50.0)

    def posts(self, first: int, last: int) -> Iterator[Made]:
        """Posts number first <= n < last."""
        sources, rng = self.sources(), random.Random(f"posts from {first}")
        for number in range(first, last):
            yield self.post(number, rng.choice(sources), rng)

    def post(self, number: int, source: Source, rng: random.Random) -> Made:
        """One post; its time is that of its number, moved by up to an hour."""
        at = self._time(number) + timedelta(seconds=rng.randrange(3600))
        text, tokens, language = self._text(rng)
        post = _post(number, source, text, language, at)
        key, seen = post_id(post.platform, post.native_id), at + timedelta(minutes=5)
        capture = self._capture(number // POSTS_A_CAPTURE)
        revision = Revision(key, 1, post, Act("new", Instant(at)), seen, (capture.capture_id,))
        record = PostRecord(
            key, sort_key(int(at.timestamp()), number), source.id, source.account,
            Instant(at), None, Instant(seen), Instant(seen), None, (revision,),
        )  # fmt: skip
        read = self._annotations(rng, text, language)
        judgement = self._judgement(record, read)
        flags = _flags(record, judgement, number)
        return Made(PostState(record, read, flags, (capture,), 1), judgement, Given(tokens),
                    micros(at))  # fmt: skip

    def _time(self, number: int) -> datetime:
        span = LAST - FIRST - timedelta(hours=1)
        return FIRST + timedelta(seconds=int(span.total_seconds() * number / self.total))

    def _capture(self, number: int) -> Evidence:
        """Page number so-and-so: a few posts stand on each."""
        headers = (("Content-Type", "text/html; charset=utf-8"), ("Server", "bench"))
        at = self._time(number * POSTS_A_CAPTURE) + timedelta(hours=2)
        return Evidence(
            digest(["capture", number]), f"https://bench.example.kz/list?page={number}", at, 200,
            headers, "text/html", 90_000, "bench-00000.warc.gz", number * 30_000, 30_000,
        )  # fmt: skip

    def _text(self, rng: random.Random) -> tuple[str, list[Token], str]:
        language = rng.choices(("kk", "ru", "mixed"), (50, 40, 10))[0]
        count = min(max(int(rng.lognormvariate(3.4, 0.5)), 5), 200)
        words: list[str] = []
        tokens: list[Token] = []
        for vocabulary in {"kk": (self.kazakh,), "ru": (self.russian,)}.get(
            language, (self.kazakh, self.russian)
        ):
            drawn = vocabulary.draw(rng, count if language != "mixed" else count // 2 + 1)
            words += [vocabulary.words[one] for one in drawn]
            tokens += [vocabulary.tokens[one] for one in drawn]
        sentences = [" ".join(words[start : start + 9]) for start in range(0, len(words), 9)]
        return ". ".join(one.capitalize() for one in sentences), tokens, language

    def _annotations(self, rng: random.Random, text: str, language: str) -> tuple[Annotation, ...]:
        kind = rng.choices(("campaigning", "civic_info", "news_report", "other"), (4, 16, 50, 30))[
            0
        ]
        span = (Span(0, min(len(text), 20)),)
        found = [
            Annotation("language", "1", "language", language, 0.9),
            Annotation("kind", "1", "kind", kind, 0.8, span),
        ]
        if rng.random() < 0.1:
            party = rng.choice(sorted(self.election.parties))
            found.append(Annotation("names", "1", "party", party, 1.0, span))
        if rng.random() < 0.1:
            candidate = rng.choice(sorted(self.election.candidates) or ["nobody"])
            found.append(Annotation("names", "1", "candidate", candidate, 1.0, span))
        if rng.random() < 0.01:
            found.append(Annotation("signals", "1", "signal", "abuse", 0.7, span))
        return tuple(found)

    def _judgement(self, record: PostRecord, read: tuple[Annotation, ...]) -> Judgement:
        revision = record.revisions[0]
        return Judgement(
            self.election.id, record.id, 1, "new", _RULESET, self.election.hash,
            digest([revision.text_hash, ANNOTATOR]), TZDATA_VERSION, revision.first_seen,
            judge(subject_of(revision.act, read, record.account), self.election),
        )  # fmt: skip


def _flags(record: PostRecord, judgement: Judgement, number: int) -> tuple[JudgedFlag, ...]:
    seconds, key = record.sort_key >> SEQUENCE_BITS, judgement.id if judgement.flags else ""
    return tuple(
        JudgedFlag(flag.id(key), sort_key(seconds, number * 4 + n), judgement, n, True, ())
        for n, flag in enumerate(judgement.flags)
    )


def _post(number: int, source: Source, text: str, language: str, at: datetime) -> Post:
    handle = source.account.ref.handle
    platform: Platform = "telegram" if source.kind == "telegram" else "web"
    url = f"https://{handle}/news/{number}"
    if platform == "telegram":
        url = f"https://t.me/{handle}/{number}"
    return Post(
        platform, f"{handle}/{number}" if platform == "telegram" else url, url, text,
        language=language, published=Instant(at), parser=source.kind, parser_version="1",
        views=number % 9000,
    )  # fmt: skip
