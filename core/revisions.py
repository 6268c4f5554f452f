"""Is what was just seen a new post, a new revision, or nothing new: decided without any I/O.

The archive hands in what it knows and what was seen, and carries out the intent that comes back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from difflib import SequenceMatcher
from typing import Literal, TypeVar

from core.identity import Json, digest, portable_text
from core.model import Act, Media, Post, Span
from core.when import CivilDate, Instant, Interval, When

T = TypeVar("T")

_WORD = re.compile(r"\w+|[^\w\s]")
# Above this many words difflib may pass over the commonest ones: exactness costs minutes there.
_LONG = 5_000
# What a page counts, signs anew at every visit, or says of a poll once it is closed.
_FLUID_DATA = re.compile(
    r"url|src|href|thumb|image|count|votes?|voters?|percent|total|views?|size|^type$", re.I
)
_WORDLESS = re.compile(r"[\W\d_]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one version of a parser read in the evidence of a revision."""

    parser: str
    version: str
    fingerprint: str
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """The newest revision of a post, as the archive holds it.

    `readings` begin with the stored one, then those of later parser versions. `edited` and
    `edited_at` are the newest mark of the publisher seen so far, on any revision. `earlier` are
    the fingerprints of the revisions before it.
    """

    readings: tuple[Reading, ...]
    last_seen: datetime
    edited: bool = False
    edited_at: When | None = None
    earlier: frozenset[str] = frozenset()

    def read_by(self, parser: str, version: str) -> Reading | None:
        """What exactly this parser version read, where it did."""
        mine = (one for one in self.readings if (one.parser, one.version) == (parser, version))
        return next(mine, None)


@dataclass(frozen=True, slots=True)
class Intent:
    """What to do. `act` belongs to a revision; `reread` is a reading to remember."""

    outcome: Literal["new", "revised", "unchanged", "needs_baseline"]
    act: Act | None = None
    reread: Post | None = None


def decide(
    known: Known | None, post: Post, *, seen_at: datetime, baseline: Post | None = None
) -> Intent:
    """What `post`, seen at `seen_at`, is to the archive that knows `known` of it.

    `baseline` is the newest revision read again by the parser version of `post`, or the nearest
    to it that can be had: where its evidence cannot be read, the stored text itself.
    """
    if known is None:
        return Intent("new", act=first_act(post))
    seen = fingerprint(post)
    own = known.read_by(post.parser, post.parser_version)
    if any(seen == one.fingerprint for one in ([own] if own else known.readings)):
        return Intent("unchanged")
    if seen_at < known.last_seen and seen in known.earlier:
        return Intent("unchanged")  # an older capture, handed in late, of an older revision
    if own is None:
        if baseline is None:
            return Intent("needs_baseline")
        own = reading(baseline)
        if own.fingerprint == seen:
            return Intent("unchanged", reread=post)
    return Intent("revised", act=edit_act(known, own.text, post, seen_at))


def first_act(post: Post) -> Act:
    """The act of a first revision: it is new, or somebody else's made one's own."""
    return Act("repost" if post.forwarded_from else "new", at=post.published)


def edit_act(known: Known, old_text: str, post: Post, seen_at: datetime) -> Act:
    """An edit: with the publisher's own mark and its time, or only between two captures."""
    marked = post.edited and (not known.edited or _is_newer(post.edited_at, known.edited_at))
    between = Interval(min(known.last_seen, seen_at), max(known.last_seen, seen_at))
    at = _claimed(post.edited_at, between) if marked and post.edited_at else between
    return Act("edit", at=at, marked=marked, added=added_spans(old_text, post.full_text))


def _claimed(claim: When, between: Interval) -> When:
    """The publisher's time of an edit, unless the captures contradict it.

    The old text was still there at `between.earliest`: an earlier time may be a page from a
    cache or may be backdated, so the edit then lies anywhere from the claim to the capture. A
    time after the capture is a clock that runs ahead.
    """
    if not isinstance(claim, Instant):
        return claim
    if claim.at > between.latest:
        return between
    return claim if claim.at >= between.earliest else Interval(claim.at, between.latest)


def earliest(when: When) -> datetime:
    """The earliest instant by which `when` is ordered; a civil date counts from 00:00 UTC."""
    if isinstance(when, Instant):
        return when.at
    if isinstance(when, Interval):
        return when.earliest
    return datetime.combine(when.day, time(), tzinfo=UTC)


def _is_newer(one: When | None, other: When | None) -> bool:
    if one is None or other is None:
        return one is not None
    if isinstance(one, CivilDate) or isinstance(other, CivilDate):
        return earliest(one).date() > earliest(other).date()
    return earliest(one) > earliest(other)


def newest_mark(known: Known, post: Post) -> tuple[bool, When | None]:
    """The publisher's newest mark of an edit, once `post` was seen too."""
    if not post.edited:
        return known.edited, known.edited_at
    newer = _is_newer(post.edited_at, known.edited_at)
    return True, post.edited_at if newer else known.edited_at


# --- what counts as the same ---------------------------------------------------------------------


def reading(post: Post) -> Reading:
    """A post as its parser version read it."""
    return Reading(post.parser, post.parser_version, fingerprint(post), post.full_text)


def fingerprint(post: Post) -> str:
    """SHA-256 over what readers take in: words, and what kind of media says what.

    Left out are views, links, blanks, addresses of files (Telegram signs them anew at every
    visit) and counts of a poll; on the web pictures too (they come and go with the page's frame).
    """
    words = " ".join(unicodedata.normalize("NFC", portable_text(post.full_text)[0]).split())
    fluid = {"link", "photo"} if post.platform == "web" else {"link"}
    shown: list[Json] = [_media(one) for one in post.media if one.kind not in fluid]
    return digest([words, shown])


def _media(media: Media) -> Json:
    return [media.kind, portable_text(media.title)[0], media.duration_s, *_texts(media.data)]


def _texts(value: Json) -> list[Json]:
    """The words in a medium's data (a poll's question and options), in their order."""
    if isinstance(value, str):
        return [] if _WORDLESS.fullmatch(value) else [portable_text(value)[0]]
    if isinstance(value, Mapping):
        kept = (value[key] for key in sorted(value) if not _FLUID_DATA.search(key))
        return [text for part in kept for text in _texts(part)]
    if isinstance(value, Sequence):
        return [text for part in value for text in _texts(part)]
    return []


def added_spans(old: str, new: str) -> tuple[Span, ...]:
    """The stretches of `new` whose words are not in `old`, in code points of `new`."""
    words = [match.group() for match in _WORD.finditer(old)]
    places = list(_WORD.finditer(new))
    fresh = [match.group() for match in places]
    head = _common(words, fresh)
    tail = _common(words[head:][::-1], fresh[head:][::-1])
    left, right = words[head : len(words) - tail], fresh[head : len(fresh) - tail]
    matcher = SequenceMatcher(None, left, right, autojunk=max(len(left), len(right)) > _LONG)
    fresh_ones = (
        places[head + start : head + end]
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in {"insert", "replace"}
    )
    return tuple(
        Span(stretch[0].start(), stretch[-1].end())
        for stretch in fresh_ones
        if any(place.group()[0].isalnum() for place in stretch)  # a comma adds no words
    )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


# --- what every store can hold -------------------------------------------------------------------


def portable_post(post: Post) -> Post:
    """The post without what PostgreSQL or UTF-8 refuse, with a note for each kind stripped."""
    notes: dict[str, None] = dict.fromkeys(post.notes)
    media = tuple(
        replace(
            one,
            url=_portable(one.url, notes),
            title=_portable(one.title, notes),
            data=_portable(dict(one.data), notes),
        )
        for one in post.media
    )
    fields = (
        "native_id", "url", "text", "title", "author", "language", "links", "aliases",
        "forwarded_from", "reply_to", "parser", "parser_version",
    )  # fmt: skip
    clean = {name: _portable(getattr(post, name), notes) for name in fields}
    return replace(post, **clean, media=media, notes=tuple(_portable(tuple(notes), {})))


def _portable(value: T, notes: dict[str, None]) -> T:
    """The same value, every text in it cleaned."""
    if isinstance(value, str):
        return _portable_text(value, notes)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return {_portable(k, notes): _portable(v, notes) for k, v in value.items()}  # type: ignore[return-value]
    if isinstance(value, (tuple, list)):
        return type(value)(_portable(part, notes) for part in value)
    return value


def _portable_text(text: str, notes: dict[str, None]) -> str:
    text, stripped = portable_text(text)
    notes.update(dict.fromkeys(stripped))
    return text
