"""What the search index holds of a post: one document for it, one for each flag to be reviewed.

Pure. Two documents, because two multi-valued fields of one would match the rule of one flag with
the verdict of another: `rule` and `verdict` are on flag documents alone, and a search for them asks
for flags. How each facet is filled:

| facet                   | post document                           | flag document               |
|-------------------------|-----------------------------------------|-----------------------------|
| rule, verdict           | none                                    | of the flag                 |
| contest                 | of all current flags; without any, of   | of the flag                 |
|                         | the candidates named, then the account  |                             |
| act                     | of every revision                       | the act that was judged     |
| region                  | of the account                          | of the account              |
| zone                    | of the account's regions, and those the | those its clock was read in |
|                         | current flags were read in              | else the account's          |
| local_day               | of the claimed time, else first seen    | the same; for an act other  |
|                         |                                         | than `new` of the act       |
| candidate, party        | named in the text                       | the same                    |
| kind, signal, language  | of the newest annotated revision        | the same                    |

`party` is whom a text speaks of, never the author's own: `role` and `source` say who speaks. A kind
is there although the classifier abstained from it: it is what the person who looks will judge.

Words are those of the newest revision; of a flag, those of the revision that it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.election import Election
from core.model import FACETS, Account, Flag, IndexDocument, PostRecord, Revision, Token
from core.ports import Analyzer, JudgedFlag, PostState
from core.when import CivilDate, Instant, WallTime, When, micros

Facets: TypeAlias = dict[str, tuple[str, ...]]

# Nobody has to look at a cleared flag: it stays in the archive and out of the queue.
QUEUED = frozenset({"violation", "indeterminate"})
# An interval longer than this names no day: it would be counted on each.
LONGEST_DAYS = 31


def index_documents(
    state: PostState, election: Election, analyzer: Analyzer
) -> tuple[IndexDocument, ...]:
    """The document of a post, then those of its current flags that are not cleared.

    None for a post without a revision. Flags of a private person's posts are left out: such posts
    are counted and never queued.
    """
    record = state.record
    if not record.revisions:
        return ()
    work = _Work(record, _shared(state), _account_zones(record.account, election), election,
                 cache(analyzer.tokens))  # fmt: skip
    current = [one for one in state.flags if one.current]
    queued = [one for one in current if _flag(one).verdict in QUEUED]
    if record.account.role == "private":
        queued = []
    return _post_document(work, current), *(_flag_document(work, one) for one in queued)


@dataclass(frozen=True, slots=True)
class _Work:
    record: PostRecord
    shared: Facets
    account_zones: tuple[str, ...]
    election: Election
    tokens: Callable[[str], Sequence[Token]]

    @property
    def day_zone(self) -> ZoneInfo:
        """The account's zone where it has one and no more, else the default of the election."""
        only = self.account_zones[0] if len(self.account_zones) == 1 else ""
        return self.election.zone(only or self.election.default_zone)


def _flag(judged: JudgedFlag) -> Flag:
    return judged.judgement.flags[judged.flag_number]


def _post_document(work: _Work, current: Sequence[JudgedFlag]) -> IndexDocument:
    record, election = work.record, work.election
    flags = [_flag(one) for one in current]
    read_in = [zone for flag in flags for zone in flag.clock.zones]
    own = {
        "election": _unique([election.id, *(one.judgement.election_id for one in current)]),
        "contest": _unique(flag.contest for flag in flags)
        or _unique(_contests_named(work.shared["candidate"], election))
        or _unique([record.account.contest]),
        "zone": _unique([*work.account_zones, *read_in]),
        "act": _unique(revision.act.kind for revision in record.revisions),
        "local_day": _days(_claimed(record), work.day_zone),
    }
    return _document(
        work, record.revisions[-1], own,
        doc_type="post", doc_id=record.id, sort_key=record.sort_key,
    )  # fmt: skip


def _flag_document(work: _Work, judged: JudgedFlag) -> IndexDocument:
    flag, judgement = _flag(judged), judged.judgement
    numbered = {one.number: one for one in work.record.revisions}
    revision = numbered.get(judgement.revision, work.record.revisions[-1])
    own = {
        "election": (judgement.election_id,),
        "rule": (flag.rule,),
        "verdict": (flag.verdict,),
        "contest": _unique([flag.contest]),
        "zone": tuple(flag.clock.zones) or work.account_zones,
        "act": (judgement.act,),
        "local_day": _days(_acted(work.record, judged, revision), work.day_zone),
    }
    return _document(
        work, revision, own, doc_type="flag", doc_id=judged.id, sort_key=judged.sort_key
    )


def _document(
    work: _Work,
    revision: Revision,
    own: Facets,
    *,
    doc_type: Literal["post", "flag"],
    doc_id: str,
    sort_key: int,
) -> IndexDocument:
    words = work.tokens(revision.post.full_text)
    midnight_in = work.election.zone(work.election.default_zone)
    return IndexDocument(
        doc_id=doc_id,
        post_id=work.record.id,
        doc_type=doc_type,
        sort_key=sort_key,
        published_us=_earliest_us(_claimed(work.record), midnight_in),
        lemmas_kk=tuple(word.lemma_kk for word in words),
        lemmas_ru=tuple(word.lemma_ru for word in words),
        facets={name: (work.shared | own).get(name, ()) for name in FACETS},
    )


# --- facets --------------------------------------------------------------------------------------


def _shared(state: PostState) -> Facets:
    """What a post and its flags have in common."""
    record = state.record
    newest = record.revisions[-1].post

    def read(label: str) -> tuple[str, ...]:
        return _unique(one.value for one in state.annotations if one.label == label)

    return {
        "kind": read("kind")[:1],
        "signal": read("signal"),
        "candidate": read("candidate"),
        "party": read("party"),
        "language": read("language")[:1] or _unique([newest.language]),
        "region": _unique(record.account.regions),
        "platform": (newest.platform,),
        "role": (record.account.role,),
        "source": (record.source_id,),
        "gone": ("no" if record.gone is None else "yes",),
    }


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _contests_named(candidates: Iterable[str], election: Election) -> list[str]:
    return [election.candidates[one].contest for one in candidates if one in election.candidates]


def _account_zones(account: Account, election: Election) -> tuple[str, ...]:
    """The zones of an account's regions; the country's code stands for all of them."""
    if election.country in account.regions:
        return _unique(zone for region in election.regions.values() for zone in region.zones)
    known = [election.regions[code] for code in account.regions if code in election.regions]
    return _unique(zone for region in known for zone in region.zones)


# --- times ---------------------------------------------------------------------------------------


def _claimed(record: PostRecord) -> When:
    return record.claimed_published or record.first_seen


def _acted(record: PostRecord, judged: JudgedFlag, revision: Revision) -> When:
    """When what a flag is about was done: an edit is of the day of the edit, not of the post."""
    if judged.judgement.act == "new":
        return _claimed(record)
    return _flag(judged).clock.at or revision.act.at or Instant(revision.first_seen)


def _days(when: When, zone: ZoneInfo) -> tuple[str, ...]:
    """The civil days of `when` in `zone`; none where it is so long that it names no day."""
    if isinstance(when, CivilDate):
        return (when.day.isoformat(),)
    first, last = (when.at, when.at) if isinstance(when, Instant) else (when.earliest, when.latest)
    start, end = _local_day(first, zone), _local_day(last, zone)
    length = (end - start).days + 1
    if length > LONGEST_DAYS:
        return ()
    return tuple((start + timedelta(days=number)).isoformat() for number in range(length))


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    try:
        return at.astimezone(zone).date()
    except OverflowError:  # year 1 or 9999, as a broken page claims it
        return at.date()


def _earliest_us(when: When, zone: ZoneInfo) -> int:
    """The earliest instant in microseconds; a date begins at midnight in `zone`."""
    if isinstance(when, Instant):
        return micros(when.at)
    if not isinstance(when, CivilDate):
        return micros(when.earliest)
    try:
        return micros(WallTime(when.day, time()).in_zone(zone))
    except OverflowError:
        return micros(datetime.combine(when.day, time(), tzinfo=UTC))
