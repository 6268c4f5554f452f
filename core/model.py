"""The nouns of the house. All frozen: nothing is ever edited, only followed by something newer.

Time is in `core.when`, the election and its law in `core.election`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from core.election import AccountRef, LawFact, Names
from core.identity import Json, digest, text_hash
from core.when import When, micros

Platform: TypeAlias = Literal["web", "telegram", "vk"]
SourceKind: TypeAlias = Literal["feed", "sitemap", "article", "telegram"]
Phase: TypeAlias = Literal["quiet", "campaign", "silence"]
Role: TypeAlias = Literal[
    "candidate", "proxy", "party", "public_association", "media", "blogger", "pollster",
    "state_body", "official", "local_self_government", "military", "law_enforcement",
    "election_commission", "religious_association", "judge", "foreign", "private", "unknown",
]  # fmt: skip
Language: TypeAlias = Literal["kk", "ru", "en", "mixed", "und"]
Script: TypeAlias = Literal["cyrillic", "latin", "untyped", ""]
Kind: TypeAlias = Literal["campaigning", "civic_info", "news_report", "other"]
Signal: TypeAlias = Literal["poll", "voting_misinfo", "vote_buying", "intimidation", "abuse"]
Stance: TypeAlias = Literal["commits", "reports"]
Tone: TypeAlias = Literal["-", "0", "+"]
ActKind: TypeAlias = Literal[
    "new", "repost", "comment", "story", "live", "edit", "pin", "running_ad"
]
Verdict: TypeAlias = Literal["violation", "indeterminate", "cleared"]
Ruling: TypeAlias = Literal["confirmed", "dismissed", "escalated", "needs_information", "undone"]

KINDS: tuple[Kind, ...] = ("campaigning", "civic_info", "news_report", "other")
SIGNALS: tuple[Signal, ...] = ("poll", "voting_misinfo", "vote_buying", "intimidation", "abuse")
TONES: tuple[Tone, ...] = ("-", "0", "+")
# The signals that somebody does, and that others report.
WITH_STANCE: tuple[Signal, ...] = ("vote_buying", "intimidation")


# --- what is watched -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """Who speaks through a source. Regions are ISO 3166-2; `("KZ",)` is the whole country."""

    ref: AccountRef
    role: Role = "unknown"
    regions: tuple[str, ...] = ()
    party: str = ""
    candidate: str = ""
    contest: str = ""
    name: Names = field(default_factory=Names)


@dataclass(frozen=True, slots=True)
class Source:
    """A place to fetch from. `expected_per_day` is the yield below which it is an alarm.

    `checked` is the day somebody last saw it answer, or "never".
    """

    id: str
    kind: SourceKind
    url: str
    account: Account
    language: str
    expected_per_day: float
    checked: str = "never"


# --- what was fetched ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """One capture: bytes as they came over the wire, where they lie, and their SHA-256 (hex).

    `sha256` is of the payload as transferred (content encoding kept, transfer encoding removed).
    `offset` and `length` are bytes of the compressed record in the WARC file.
    """

    sha256: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    content_type: str
    size: int
    warc_file: str
    offset: int
    length: int

    @property
    def capture_id(self) -> str:
        """The id of the capture: one URL at one moment, whatever came back."""
        return digest([self.url, micros(self.fetched_at), self.sha256])[:32]


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video, voice message, document or sticker of a post, by its address."""

    kind: Literal[
        "photo",
        "video",
        "round_video",
        "voice",
        "audio",
        "document",
        "sticker",
        "poll",
        "location",
        "link",
    ]
    url: str = ""
    title: str = ""
    duration_s: int | None = None
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """One item as a parser read it. Parsers make Posts and never fetch.

    `native_id`: on the web the final URL in normal form, on Telegram `channel/number`.
    `edited` is the publisher's own mark; `edited_at` its time, where given. `notes` say what the
    parser stripped or doubted.
    """

    platform: Platform
    native_id: str
    url: str
    text: str
    title: str = ""
    author: str = ""
    language: str = ""
    published: When | None = None
    edited: bool = False
    edited_at: When | None = None
    media: tuple[Media, ...] = ()
    links: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    forwarded_from: str = ""
    reply_to: str = ""
    views: int | None = None
    parser: str = ""
    parser_version: str = ""
    notes: tuple[str, ...] = ()

    @property
    def full_text(self) -> str:
        """Title and text as one: what detectors read and spans count in (code points)."""
        if not self.title or self.text.startswith(self.title):
            return self.text
        return f"{self.title}\n\n{self.text}" if self.text else self.title


@dataclass(frozen=True, slots=True)
class Discovery:
    """A page that a feed or a sitemap named: it is fetched, and becomes no revision by itself."""

    url: str
    title: str = ""
    published: When | None = None
    modified: When | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A text of a post as it stood from `first_seen` on. `number` counts from 1.

    `act` is what made it; `captures` are the ids of the evidence that shows it.
    """

    post_id: str
    number: int
    post: Post
    act: Act
    first_seen: datetime
    captures: tuple[str, ...] = ()

    @property
    def text_hash(self) -> str:
        """The key of what is computed once per text."""
        return text_hash(self.post.full_text)


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody did at some time. `at` is None where nothing is known of it.

    `marked` is False for an edit that the publisher did not mark: it is never a violation.
    `added` are the stretches of the text that an edit brought; None where all of it is new.
    """

    kind: ActKind = "new"
    at: When | None = None
    marked: bool = True
    added: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post as the archive knows it: identity, four clocks, who speaks, revisions oldest first.

    `gone` lies between the last capture that showed it and the first that did not.
    """

    id: str
    sort_key: int
    source_id: str
    account: Account
    claimed_published: When | None
    edited: When | None
    first_seen: When
    last_seen: When
    gone: When | None
    revisions: tuple[Revision, ...]


# --- what the machine thinks ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open [start, end) in code points of the revision's original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: where it stands in the original, and its lemma in either language."""

    start: int
    end: int
    lemma_kk: str
    lemma_ru: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One opinion of one detector. `score` is in [0, 1] and means what the detector says it means.

    | label           | value                                  | data                          |
    |-----------------|----------------------------------------|-------------------------------|
    | `language`      | kk, ru, en, mixed, und                 | `script`, `shares`            |
    | `kind`          | one of KINDS                           | `abstained`, `read_to`        |
    | `signal`        | one of SIGNALS                         | `stance` for the two that have it |
    | `candidate`     | candidate id                           | `forms`                       |
    | `party`         | party id                               |                               |
    | `against_all`   | `against_all`                          |                               |
    | `disclosure`    | `marking` or `financing`               |                               |
    | `ai_disclosure` | `notice`                               |                               |
    | `tone`          | `+`, `0` or `-`                        | `target`: [label, value]      |
    | `lexicon`       | one of KINDS or SIGNALS                | `supports`: `kind`, `signal`  |
    """

    detector: str
    version: str
    label: str
    value: str
    score: float = 1.0
    spans: tuple[Span, ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a rule may look at: an act, what was read in its text, and who did it.

    `reads_text` is False where there was no text: then no rule that reads it may fire.
    Empty `contest` and `regions` are unknown. `office_channel` is True where an official is known
    to speak on the channel of the office.
    """

    act: Act
    kind: Kind | None = None
    kind_score: float = 1.0
    kind_spans: tuple[Span, ...] = ()
    kind_abstained: bool = False
    signals: tuple[SignalFinding, ...] = ()
    candidates: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    disclosed: bool = False
    reads_text: bool = True
    role: Role = "unknown"
    account_candidate: str = ""
    account_party: str = ""
    account_contest: str = ""
    account_regions: tuple[str, ...] = ()
    office_channel: bool = False
    contest: str = ""
    regions: tuple[str, ...] = ()
    paid: bool | None = None


@dataclass(frozen=True, slots=True)
class SignalFinding:
    """A signal found in a text, with who does it where that matters."""

    signal: Signal
    score: float = 1.0
    stance: Stance | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How a time was read: the act's time and the window, zone by zone.

    `zones` maps an IANA zone to (window start, window end, inside): `inside` is "all", "none" or
    "some" of the act's possible time; no zones where the rule asks no window. `tzdata` is the
    version of the zones' rules.
    """

    at: When | None
    zones: Mapping[str, tuple[datetime, datetime, Literal["all", "some", "none"]]]
    tzdata: str


@dataclass(frozen=True, slots=True)
class Flag:
    """What one rule says of one act, and all it rests on."""

    rule: str
    rule_version: str
    verdict: Verdict
    contest: str
    fact: LawFact | None
    clock: ClockReading
    spans: tuple[Span, ...]
    score: float
    reason: Names

    def id(self, judgement_id: str) -> str:
        """The id of this flag within its judgement (a judgement has a rule once a contest)."""
        return digest([judgement_id, self.rule, self.contest])[:32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reading of one act under one law by one set of detectors; the newest is current."""

    election_id: str
    post_id: str
    revision: int
    act: ActKind
    ruleset_hash: str
    profile_hash: str
    annotations_hash: str
    tzdata: str
    judged_at: datetime
    flags: tuple[Flag, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same reading, whenever it is made: saving it twice changes nothing."""
        return digest([
            self.election_id, self.post_id, self.revision, self.act,
            self.ruleset_hash, self.profile_hash, self.annotations_hash,
        ])[:32]  # fmt: skip


# --- what a person says --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a flag. It stays on its flag and is shown, never moved or edited."""

    flag_id: str
    ruling: Ruling
    reviewer: str
    reason: str
    decided_at: datetime


# --- how the work goes ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source was not seen, and why. A failed fetch is one, never silence."""

    source_id: str
    url: str
    at: datetime
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A right to work on `key` until it runs out; every write under it carries `token`."""

    key: str
    worker: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does. `alarm` is a sentence for people, or empty."""

    source: Source
    active: bool
    next_due: datetime | None
    last_attempt: datetime | None
    last_success: datetime | None
    last_new_post: datetime | None
    posts_total: int
    posts_last_day: int
    failures_in_a_row: int
    last_gap: Gap | None
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """What the search index holds of a post or of one current flag of it.

    `lemmas_kk` and `lemmas_ru` are parallel: token i of the text has one lemma in each. `facets`
    maps each name of FACETS to its values; `published_us` is the earliest claimed (or first seen)
    instant in microseconds.
    """

    doc_id: str
    post_id: str
    doc_type: Literal["post", "flag"]
    sort_key: int
    published_us: int
    lemmas_kk: Sequence[str]
    lemmas_ru: Sequence[str]
    facets: Mapping[str, tuple[str, ...]]


FACETS: tuple[str, ...] = (
    "election", "rule", "verdict", "contest", "kind", "signal", "region", "zone", "party",
    "candidate", "platform", "role", "language", "source", "act", "local_day", "gone",
)  # fmt: skip
