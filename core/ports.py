"""What the house needs of the world, as promises.

Adapters are in `core/store/`, `nlp/` and `monitor/`.

All methods are synchronous and safe to call from several threads. Instants given are aware;
instants returned are in UTC. An adapter raises only what core.errors names: StoreUnavailable may
come out of any method of a store, the rest is said at each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from core.identity import Json
from core.model import (
    Annotation,
    Decision,
    Evidence,
    Gap,
    IndexDocument,
    Judgement,
    Lease,
    Post,
    PostRecord,
    Revision,
    Source,
    SourceHealth,
    Span,
    Token,
)
from core.query import SearchPage, SearchRequest


class Clock(Protocol):
    """The only way to know the time; the demo's runs on a silence day of 2023."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


# --- what is counted -----------------------------------------------------------------------------

Counted: TypeAlias = Literal["posts", "judged", "indexed", "leases_lost", "errors"]


class Tally(Protocol):
    """Counts what happens in a process, for whoever watches it. Never raises."""

    def add(self, what: Counted, kind: str = "", number: int = 1) -> None:
        """`number` more of it; `kind` tells outcomes, leases or errors apart."""
        ...


class Uncounted:
    """A Tally that nobody reads."""

    def add(self, what: Counted, kind: str = "", number: int = 1) -> None:
        """Nothing."""


UNCOUNTED = Uncounted()


# --- text ----------------------------------------------------------------------------------------


class Analyzer(Protocol):
    """Text to words and their lemmas, the same for documents and for queries."""

    version: str

    def tokens(self, text: str) -> Sequence[Token]:
        """The words of `text` in order, offsets in code points of `text` itself; none overlap.

        Both lemmas are lower case and never empty. Punctuation and emoji make no token.
        """
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A text on its way through the detectors.

    `normal` is the text after normalisation; `origin[i]` is the index in `text` of the code point
    that `normal[i]` came from, with `len(text)` appended, so `len(origin) == len(normal) + 1`.
    """

    text: str
    normal: str
    origin: Sequence[int]
    tokens: Sequence[Token]
    annotations: tuple[Annotation, ...] = ()

    def original(self, start: int, end: int) -> Span:
        """The span of the original text behind normal[start:end]."""
        last = self.origin[end - 1] + 1 if end > start else self.origin[start]
        return Span(self.origin[start], max(last, self.origin[start]))


class Detector(Protocol):
    """Reads one thing in a text. Pure: same text, version and earlier annotations, same answer.

    One that has an attribute `concurrent` that is true may be called from several threads at once.
    """

    name: str
    version: str

    def detect(self, document: Document) -> Sequence[Annotation]:
        """What it found, spans in code points of `document.text`; an empty sequence for nothing.

        Raises DetectorError where it cannot answer; never for odd text.
        """
        ...


class Annotator(Protocol):
    """All detectors in their order; what the pipeline calls."""

    version: str

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """One tuple of annotations a text, in the order given. `version` names every detector's
        version and the hash of the dictionary of names: one text and one version, one answer.
        """
        ...


# --- truth ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceClaim:
    """A source to fetch now, and what is known of it. `runs` counts its completed visits."""

    source: Source
    lease: Lease
    last_success: datetime | None
    runs: int


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave for asking "has it changed": both may be empty. RFC 9110 section 13."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one post that was handed in.

    `needs_baseline`: its text differs from the stored one, which another parser version read;
    nothing was written for it. Parse the capture `baseline_capture` again and hand it in as a
    baseline.
    """

    post_id: str
    outcome: Literal["new", "revised", "unchanged", "needs_baseline"]
    baseline_capture: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A revision to judge, under a lease. `attempts` counts this one."""

    record: PostRecord
    revision: Revision
    lease: Lease
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the pipeline made of a piece of work. `annotations` belong to text and version."""

    work: Work
    annotator_version: str
    annotations: tuple[Annotation, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class JudgedFlag:
    """A flag as stored: its id, the order it has, whether it is current, what people said of it."""

    id: str
    sort_key: int
    judgement: Judgement
    flag_number: int
    current: bool
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class PostState:
    """All that is known of a post. `annotations` are of the newest annotated revision.

    `flags` hold every flag ever made, current ones first, then newest first. `index_version` grows
    with every change that the index must see.
    """

    record: PostRecord
    annotations: tuple[Annotation, ...]
    flags: tuple[JudgedFlag, ...]
    captures: tuple[Evidence, ...]
    index_version: int


@dataclass(frozen=True, slots=True)
class LivePost:
    """A post that is not gone, for looking at it again."""

    post_id: str
    native_id: str
    url: str
    claimed_published_us: int | None
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of the audit log. `chain` is SHA-256 over the previous chain value and this entry."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Json]
    chain: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the archive holds and owes; `at` is the store's clock, by which things wait."""

    posts: int
    flags_current: int
    pending: int
    parked: int
    oldest_pending: datetime | None
    index_pending: int
    oldest_index_pending: datetime | None
    gaps: int
    at: datetime | None = None
    sources_alarming: int = 0
    extra: Mapping[str, int] = field(default_factory=dict)


class Archive(Protocol):
    """The truth. Everything appended stays; what changes is only clocks, leases and queues.

    Every method is one transaction: after an error nothing of it was written. Leases run on the
    store's own clock, the one place where `now` is not an argument.
    """

    # sources

    def register_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make these the watched sources: new ones are due at `now`, absent ones become inactive.

        Idempotent; a source that is known keeps its health and its next due time.
        """
        ...

    def claim_sources(
        self, worker: str, now: datetime, *, ttl_s: float, limit: int
    ) -> list[SourceClaim]:
        """At most `limit` active sources that are due at `now`, longest due first, each leased.

        A source is in one claim at a time; one whose lease ran out is claimed again.
        """
        ...

    def finish_source(
        self, lease: Lease, *, at: datetime, next_due: datetime, gap: Gap | None = None
    ) -> None:
        """End a claim: a success where `gap` is None, else a failure with the gap recorded.

        Raises LeaseLost, and writes nothing, where the lease is no longer held.
        """
        ...

    def record_gap(self, gap: Gap) -> None:
        """Append a gap that is not the whole source (one page of it)."""
        ...

    def source_health(self, now: datetime) -> list[SourceHealth]:
        """Every source ever registered, by id; `alarm` is left empty (it is a matter of policy)."""
        ...

    def gaps(self, source_id: str, *, limit: int) -> list[Gap]:
        """The newest gaps of a source, newest first."""
        ...

    def validators(self, url: str) -> Validators:
        """What was last saved for `url` (normal form); empty ones for an unknown URL."""
        ...

    def save_validators(self, url: str, validators: Validators) -> None:
        """Remember validators; only after what came with them was saved."""
        ...

    # posts

    def save_posts(
        self,
        source_id: str,
        posts: Sequence[Post],
        *,
        seen_at: datetime,
        evidence: Evidence | None,
        baselines: Mapping[str, Post] | None = None,
        first_looks: Sequence[datetime | None] = (),
    ) -> list[Saved]:
        """Save what one capture showed; one Saved a post, in the order given.

        A post is known by `post_id(platform, native_id)` or by one of its aliases. Unchanged
        posts only move last seen. A new or revised one needs `evidence`: where it is None and any
        would be new or revised, raises EvidenceNeeded and writes nothing at all (so a poll that
        brings nothing writes no WARC record). New revisions are queued for judging and for the
        index in the same transaction. Saving the same again is `unchanged`. `baselines` (by post
        id) are the stored text read again by the present parser version; where one equals the new
        text, the post is `unchanged`. `first_looks` say, post by post, when to look again at
        those that turn out to be new: kept with them or not at all; None, or none given, is
        never. Raises NotFound for a source that was never registered.
        """
        ...

    def save_gone(self, post_ids: Sequence[str], *, at: datetime, evidence: Evidence) -> int:
        """These posts are no longer there; how many of them were not known to be gone before.

        `gone` becomes the interval from last seen to `at`; a post seen again later is not gone.
        """
        ...

    def known(self, platform: str, native_ids: Sequence[str]) -> set[str]:
        """Those of `native_ids` (native ids or aliases) that the archive has."""
        ...

    def live_posts(self, source_id: str, *, limit: int) -> list[LivePost]:
        """Posts of a source that are not gone, newest first by sort key."""
        ...

    def due_looks(self, source_id: str, now: datetime, *, limit: int) -> list[LivePost]:
        """Posts of a source whose second look is due, longest due first."""
        ...

    def schedule_looks(self, due: Mapping[str, datetime | None]) -> None:
        """When to look at these posts again; None is never."""
        ...

    # judging

    def lease_work(self, worker: str, *, ttl_s: float, limit: int) -> list[Work]:
        """At most `limit` revisions that wait for a judgement, oldest first, each leased.

        No revision is in two live leases; one whose lease ran out comes again.
        """
        ...

    def stored_annotations(
        self, text_hashes: Iterable[str], annotator_version: str
    ) -> dict[str, tuple[Annotation, ...]]:
        """What this version already said of these texts; unknown ones are absent."""
        ...

    def save_outcomes(self, outcomes: Sequence[Outcome]) -> list[Work]:
        """Annotations, judgements and flags, the queue and the outbox, in one transaction.

        Returns the work whose lease was lost: nothing was written for it. A judgement that exists
        already is not written again; a new one becomes the current one of its post, revision, act
        and election, and the older stay.
        """
        ...

    def release_work(self, work: Sequence[Work], *, error: str = "", park: bool = False) -> None:
        """Give work back, at once to be had; with `park` it waits until somebody asks again."""
        ...

    def requeue(self, *, after: str = "", limit: int = 10_000) -> str:
        """Queue the revisions of up to `limit` posts with id > `after` for judging again.

        Returns the last post id, or "" at the end: so a long requeue can be stopped and resumed.
        """
        ...

    # index

    def index_batch(self, *, limit: int) -> list[tuple[str, int]]:
        """(post id, version) not yet acknowledged by the index, longest waiting first."""
        ...

    def index_done(self, acknowledged: Sequence[tuple[str, int]]) -> None:
        """These versions are durable in the index; a newer one of the same post stays pending."""
        ...

    def post_ids(self, *, after: str = "", limit: int = 1_000) -> list[str]:
        """Post ids in order of code points, those > `after`."""
        ...

    # reading

    def states(
        self, post_ids: Sequence[str], *, with_captures: bool = True
    ) -> dict[str, PostState]:
        """What is known of these posts; unknown ids are absent.

        Without captures, which lists do not show, the states and their revisions name none.
        """
        ...

    def flag_posts(self, flag_ids: Sequence[str]) -> dict[str, str]:
        """The post id of each of these flags; unknown ids are absent."""
        ...

    def captures(self, sha256: str) -> list[Evidence]:
        """Every capture whose body has this hash, oldest first; none is an empty list."""
        ...

    def counts(self) -> Counts:
        """How much there is and how much is owed."""
        ...

    # people

    def append_decision(self, decision: Decision) -> None:
        """Append a person's word. Raises NotFound for an unknown flag."""
        ...

    def append_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Json]
    ) -> AuditEntry:
        """Append a line to the audit log, chained to the one before it."""
        ...

    def audit(self, *, after: int = 0, limit: int = 1_000) -> list[AuditEntry]:
        """Lines with number > `after`, in order."""
        ...

    def verify_audit(self) -> int | None:
        """The number of the first line whose chain does not hold, or None where all do."""
        ...

    # leases

    def acquire(self, key: str, worker: str, *, ttl_s: float) -> Lease | None:
        """A lease by name (the indexer has one), or None while somebody else holds it."""
        ...

    def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """The same lease, of `acquire` or `claim_sources`, with a later end. Raises LeaseLost."""
        ...

    def release(self, lease: Lease) -> None:
        """Give up a lease of `acquire`; without effect where it is no longer held."""
        ...

    def check(self) -> None:
        """Raises StoreUnavailable where it does not answer, SchemaMismatch where its schema is no
        longer that of this program.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files; the object is of no use afterwards."""
        ...


# --- search --------------------------------------------------------------------------------------


class SearchIndex(Protocol):
    """A rebuildable view of the archive. One process writes, any number search."""

    def expect(self, post_ids: Sequence[str]) -> None:
        """A hint that changes no answer: these are put next, and may be looked up together."""
        ...

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """Replace all documents of a post; False, and nothing done, where a version >= is there.

        Visible and durable after `commit`. No documents removes the post.
        """
        ...

    def commit(self) -> None:
        """Make everything put so far durable, and visible to searches that start afterwards."""
        ...

    def refresh(self) -> None:
        """See what another process committed; cheap where nothing changed."""
        ...

    def search(self, request: SearchRequest) -> SearchPage:
        """One page, newest first. Raises InvalidQuery for a facet or filter name not in FACETS.

        Facets may still be counted, of the same snapshot, while the page is read: whoever looks at
        them waits, and is told then what went wrong.
        """
        ...

    def count_by(self, request: SearchRequest, by: Sequence[str]) -> dict[tuple[str, ...], int]:
        """How many matching documents hold each combination of values of the facets `by` (1 to 3).

        A document with several values in a facet counts under each; one without a value in any of
        them is left out. Cursor, limit and `facets` of the request are ignored.
        """
        ...

    def check(self) -> None:
        """Raises StoreUnavailable unless a search would be answered now, from all of the index;
        SchemaMismatch where the index is of another version by now.
        """
        ...

    def refused(self) -> int:
        """How many posts the index refused for good: no search finds them."""
        ...

    def start_rebuild(self) -> SearchIndex:
        """A fresh, empty, writable index beside this one, not yet searched."""
        ...

    def finish_rebuild(self, fresh: SearchIndex) -> None:
        """Commit `fresh` and search it from now on, in every process; the old one is removed."""
        ...

    def close(self) -> None:
        """Commit nothing, let go of files and locks."""
        ...
