"""A small world of posts around the day of silence of 2023, invented, judged by the real rules.

`build` gives everything that `create_app` asks for; tests and the look at the pages share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from api_fakes import FakeAnalyzer, FakeArchive, FakeClock, FakeIndex, sha
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from config.loader import load_election
from core.election import AccountRef, Names
from core.identity import post_id, sort_key
from core.model import (
    Account,
    Act,
    Annotation,
    Evidence,
    Gap,
    Judgement,
    Post,
    PostRecord,
    Revision,
    Source,
    SourceHealth,
    Span,
)
from core.ports import JudgedFlag, PostState
from core.rules import judge
from core.subjects import subject_of
from core.when import CivilDate, Instant, Interval, When

NOW = datetime(2023, 3, 18, 9, 5, tzinfo=UTC)
ELECTION = load_election("kz-maslikhat-2023")


def at(text: str) -> datetime:
    """A time of March 2023 in Almaty: `18 09:30`."""
    return datetime.fromisoformat(f"2023-03-{text.replace(' ', 'T')}:00+06:00")


ACCOUNTS: dict[str, Account] = {
    "qalam": Account(
        AccountRef("web", "qalam.example"), "media", ("KZ",),
        name=Names("Қалам жаңалықтары", "Новости «Қалам»", "Qalam News"),
    ),
    "aqtobe": Account(
        AccountRef("telegram", "aqtobe_tynysy"), "media", ("KZ-15",),
        name=Names("Ақтөбе тынысы", "Дыхание Актобе", "Breath of Aktobe"),
    ),
    "omarov": Account(
        AccountRef("telegram", "omarov_almaty"), "candidate", ("KZ-75",),
        candidate="ala-omarov", contest="maslikhat-oblast",
        name=Names("Тимур Омаров", "Тимур Омаров", "Timur Omarov"),
    ),
    "auyl": Account(
        AccountRef("telegram", "auyl_partiyasy_demo"), "party", ("KZ",), party="auyl",
        name=Names("«Ауыл» партиясы", "Партия «Ауыл»", "Auyl party"),
    ),
    "akimat": Account(
        AccountRef("web", "akimat.example"), "state_body", ("KZ-27",),
        name=Names("Орал әкімдігі", "Акимат Уральска", "Akimat of Oral"),
    ),
    "blog": Account(
        AccountRef("telegram", "dala_blog"), "blogger", ("KZ-47",),
        name=Names("Дала блогы", "Степной блог", "Steppe blog"),
    ),
    "chat": Account(AccountRef("telegram", "closed_chat"), "private", ("KZ-75",)),
}  # fmt: skip


@dataclass
class World:
    """All the parts, and the application over them."""

    archive: FakeArchive = field(default_factory=FakeArchive)
    index: FakeIndex = field(default_factory=FakeIndex)
    analyzer: Any = field(default_factory=FakeAnalyzer)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    demo: bool = False

    def app(self) -> FastAPI:
        """The application."""
        self.index.put_all(self.archive, ELECTION, self.analyzer)
        return create_app(
            archive=self.archive,  # type: ignore[arg-type]
            index=self.index,  # type: ignore[arg-type]
            analyzer=self.analyzer,
            election=ELECTION,
            clock=self.clock,
            read_evidence=self.archive.read_evidence,
            alarm=alarm,
            version="0.0-test",
            demo=self.demo,
        )

    def copy(self) -> World:
        """The same world, to be changed by one test."""
        archive = FakeArchive(
            posts=dict(self.archive.posts),
            health=list(self.archive.health),
            gap_list=list(self.archive.gap_list),
            bodies=dict(self.archive.bodies),
        )
        index = FakeIndex(list(self.index.documents))
        return World(archive, index, self.analyzer, FakeClock(self.clock.at), self.demo)

    def client(self) -> TestClient:
        """A client of it that turns failures into answers."""
        return TestClient(self.app(), raise_server_exceptions=False)

    def post(self, source: str, text: str, when: When | None, **more: Any) -> PostState:
        """Add a post; see `make_post`."""
        state = make_post(source, text, when, number=len(self.archive.posts) + 1, **more)
        self.archive.add(state)
        for one in state.captures:
            self.archive.bodies[one.capture_id] = body_of(text)
        return state


def alarm(health: SourceHealth) -> Names | None:
    """An alarm where a source failed twice or gives nothing."""
    if health.failures_in_a_row > 1:
        return Names(
            "Дереккөз жауап бермей тұр.", "Источник не отвечает.", "The source does not answer."
        )
    if health.active and health.posts_last_day < health.source.expected_per_day / 4:
        return Names(
            "Жазба күткеннен әлдеқайда аз.",
            "Публикаций намного меньше ожидаемого.",
            "Far fewer posts than expected.",
        )
    return None


def body_of(text: str) -> bytes:
    """What was captured of a post."""
    return f"<html><script>alert(1)</script><p>{text}</p></html>".encode()


def make_post(
    source: str,
    text: str,
    when: When | None,
    *,
    number: int,
    title: str = "",
    kind: str = "campaigning",
    score: float = 0.91,
    words: tuple[str, ...] = (),
    candidate: tuple[str, str] | None = None,
    party: tuple[str, str] | None = None,
    signal: tuple[str, str, str] | None = None,
    language: str = "ru",
    edit: tuple[str, datetime, bool] | None = None,
    gone: Interval | None = None,
    url: str = "",
    author: str = "",
    paid: bool = False,
) -> PostState:
    """A post with annotations whose spans are found by their words, and the flags of the rules.

    `candidate` and `party` are (id, words); `signal` is (signal, stance, words); `edit` is (text
    added, when it was seen, marked).
    """
    account = ACCOUNTS[source]
    platform = account.ref.platform
    native = f"{account.ref.handle}/{number}"
    address = url or f"https://{'t.me/' if platform == 'telegram' else ''}{native}"
    first_seen = (when.at if isinstance(when, Instant) else NOW) + timedelta(minutes=3)
    if isinstance(when, CivilDate | Interval):
        first_seen = at("18 10:00")
    ident = post_id(platform, native)
    post = Post(
        platform,  # type: ignore[arg-type]
        native,
        address,
        text,
        title=title,
        author=author,
        published=when,
        parser="telegram" if platform == "telegram" else "article",
        parser_version="1",
    )
    capture = _capture(text, address, first_seen, number)
    revisions = [Revision(ident, 1, post, Act("new", when), first_seen, (capture.capture_id,))]
    captures = [capture]
    if edit:
        added, seen, marked = edit
        whole = f"{text} {added}"
        start = len(replace(post, text=whole).full_text) - len(added)
        second = _capture(whole, address, seen, number)
        captures.append(second)
        act = Act(
            "edit",
            Interval(seen - timedelta(minutes=20), seen),
            marked,
            (Span(start, start + len(added)),),
        )
        edited = replace(post, text=whole, edited=marked)
        revisions.append(Revision(ident, 2, edited, act, seen, (second.capture_id,)))
    full = revisions[-1].post.full_text
    notes = [Annotation("language", "1", "language", language)]
    kind_spans = tuple(_find(full, word) for word in words)
    notes.append(Annotation("lexicon", "3", "kind", kind, score, kind_spans))
    if candidate:
        notes.append(
            Annotation("names", "2", "candidate", candidate[0], 0.97, (_find(full, candidate[1]),))
        )
    if party:
        notes.append(Annotation("names", "2", "party", party[0], 0.99, (_find(full, party[1]),)))
    if signal:
        data = {"stance": signal[1]} if signal[1] else {}
        spans = (_find(full, signal[2]),)
        notes.append(Annotation("lexicon", "3", "signal", signal[0], 0.84, spans, data))
    flags: list[JudgedFlag] = []
    for revision in revisions:
        seconds = int(revision.first_seen.timestamp())
        if isinstance(when, Instant) and revision.number == 1:
            seconds = int(when.at.timestamp())
        place = (seconds, number)
        flags += _judged(ident, account, revision, _read(revision, notes), place=place, paid=paid)
    newest_first = sorted(flags, key=lambda one: -one.sort_key)
    record = PostRecord(
        id=ident,
        sort_key=sort_key(int((first_seen - timedelta(minutes=3)).timestamp()), number * 16),
        source_id=source,
        account=account,
        claimed_published=when,
        edited=revisions[-1].act.at if edit else None,
        first_seen=Instant(first_seen),
        last_seen=Instant(NOW - timedelta(minutes=2)),
        gone=gone,
        revisions=tuple(revisions),
    )
    return PostState(record, tuple(notes), tuple(newest_first), tuple(captures), 1)


def _read(revision: Revision, notes: list[Annotation]) -> list[Annotation]:
    """What is read in an older text: only what already stood there."""
    length = len(revision.post.full_text)
    return [one for one in notes if not one.spans or all(span.end <= length for span in one.spans)]


def _judged(
    ident: str,
    account: Account,
    revision: Revision,
    notes: list[Annotation],
    *,
    place: tuple[int, int],
    paid: bool,
) -> list[JudgedFlag]:
    subject = replace(subject_of(revision.act, notes, account), paid=True if paid else None)
    judgement = Judgement(
        ELECTION.id, ident, revision.number, revision.act.kind, "rules", ELECTION.hash, "notes",
        "2023.1", NOW, judge(subject, ELECTION),
    )  # fmt: skip
    seconds, number = place
    return [
        JudgedFlag(
            flag.id(judgement.id),
            sort_key(seconds, number * 16 + revision.number * 5 + one + 1),
            judgement,
            one,
            True,
            (),
        )
        for one, flag in enumerate(judgement.flags)
    ]


def _capture(text: str, url: str, seen: datetime, number: int) -> Evidence:
    body = body_of(text)
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    return Evidence(
        sha(body), url, seen.astimezone(UTC), 200, headers, "text/html; charset=utf-8", len(body),
        "baqylau-20230318-0001.warc.gz", number * 4096, 1800,
    )  # fmt: skip


def _find(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


def make_health(source: str, **more: Any) -> SourceHealth:
    """A source that does well, unless told otherwise."""
    account = ACCOUNTS[source]
    values: dict[str, Any] = {
        "active": True,
        "next_due": NOW + timedelta(minutes=4),
        "last_attempt": NOW - timedelta(minutes=2),
        "last_success": NOW - timedelta(minutes=2),
        "last_new_post": NOW - timedelta(minutes=37),
        "posts_total": 420,
        "posts_last_day": 24,
        "failures_in_a_row": 0,
        "last_gap": None,
    }
    kind = "telegram" if account.ref.platform == "telegram" else "feed"
    address = f"https://{'t.me/s/' if kind == 'telegram' else ''}{account.ref.handle}"
    known = Source(source, kind, address, account, "mixed", 20.0)  # type: ignore[arg-type]
    return SourceHealth(source=known, **{**values, **more})


def make_gap(source: str, minutes_ago: int, reason: str) -> Gap:
    """A gap some minutes ago."""
    url = f"https://{ACCOUNTS[source].ref.handle}/feed"
    return Gap(source, url, NOW - timedelta(minutes=minutes_ago), "ResponseRefused", reason)
