"""Dates as publishers write them: ISO 8601, RFC 822, day first, and words in kk, ru and en.

A time without an offset is no instant: it becomes a civil date, and the wall time is kept beside
it. Nothing is guessed: an unknown zone, a month alone, a date that does not exist are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from core.when import CivilDate, Instant, When

# Before the web there are the zero dates of software: 1970-01-01, 1900-01-01, 0001-01-01.
EARLIEST = date(1971, 1, 1)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan январь января янв қаңтар қаңтары қаңт",
            "february feb февраль февраля фев февр ақпан ақпаны ақп",
            "march mar март марта мар наурыз наурызы нау",
            "april apr апрель апреля апр сәуір сәуірі сәу",
            "may май мая мамыр мамыры мам",
            "june jun июнь июня июн маусым маусымы мау",
            "july jul июль июля июл шілде шілдесі шіл",
            "august aug август августа авг тамыз тамызы там",
            "september sep sept сентябрь сентября сен сент қыркүйек қыркүйегі қыр",
            "october oct октябрь октября окт қазан қазаны қаз",
            "november nov ноябрь ноября ноя нояб қараша қарашасы қар",
            "december dec декабрь декабря дек желтоқсан желтоқсаны жел",
        ),
        start=1,
    )
    for name in names.split()
}
# "17 наурызда", "17 наурызында": on the 17th of March.
_LOCATIVE = re.compile(r"н?[дт][ае]$")
_NUMERIC = re.compile(
    r"(?<![\d.])(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4})"
    # 03/04/2023 is two days in two countries and is not read.
    r"|(?P<d4>1[3-9]|2\d|3[01])/(?P<m4>0?\d|1[0-2])/(?P<y4>\d{4})"
    r"|(?P<m5>0?\d|1[0-2])/(?P<d5>1[3-9]|2\d|3[01])/(?P<y5>\d{4})"
    r"|(?P<y3>(?:19|20)\d{2})(?P<m3>\d{2})(?P<d3>\d{2}))(?=\D|$)(?!\.\d)"
)
_WORDS = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?:of\s+)?(?P<m>[^\W\d_]{3,14})\.?,?[\s-]+"
    r"(?P<y>\d{4}|\d{2}(?=[\s,]|$))(?!\d)"
    r"|(?P<y2>\d{4})\s*(?:ж\.?|жыл\w*|г\.?)?[\s,]+(?P<d2>\d{1,2})[\s-]+(?P<m2>[^\W\d_]{3,14})"
    r"|(?P<m3>[^\W\d_]{3,14})\.?\s+(?P<d3>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{4})(?!\d)",
)
_TIME = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})[:.](?P<mi>\d{2})"
    r"(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?![\d:])"
    r"\s*(?P<half>[ap]\.?m\.?(?![^\W\d_]))?",
    re.I,
)
_COMPACT = re.compile(r"\d{8}T(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?(?!\d)")
_OFFSET = re.compile(
    r"\s*(?:(?:UTC|GMT)(?=\s*[+-]))?\s*(?P<sign>[+\-\u2212])"
    r"(?P<h>\d{1,2}):?(?P<m>\d{2})?(?!\d)"
)
_ZONE = re.compile(r"\s*\(?\s*(?P<zone>[A-Za-z][A-Za-z/_]{0,30})")
_WIDEST = timedelta(hours=14)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_FIXED = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
}  # fmt: skip
# Names whose offset changed over the years are asked of tzdata for the day in question.
_NAMED = {"MSK": "Europe/Moscow", "MSD": "Europe/Moscow", "ALMT": "Asia/Almaty",
          "AQTT": "Asia/Aqtobe", "AQTST": "Asia/Aqtobe", "ORAT": "Asia/Oral",
          "QYZT": "Asia/Qyzylorda", "QOST": "Asia/Qostanay"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A date that was read. `wall` is its time on the wall where it had one but no offset."""

    when: When
    wall: datetime | None = None

    @property
    def day(self) -> date:
        """The day as written."""
        if isinstance(self.when, Instant):
            return self.when.at.date()
        if isinstance(self.when, CivilDate):
            return self.when.day
        return self.when.earliest.date()


def month_number(word: str) -> int | None:
    """1 to 12 for the name of a month, in Kazakh "on" it too; None for other words."""
    word = word.lower()
    return MONTHS.get(word) or MONTHS.get(_LOCATIVE.sub("", word))


def read_date(text: str) -> Reading | None:
    """The date in `text`, as exactly as it is written; None where there is none to be read."""
    text = " ".join(text.split())
    if not 6 <= len(text) <= 100:
        return None
    if text[4] == text[7:8] == "-" and (reading := _iso(text)):
        return reading
    if _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return Reading(Instant(datetime.fromtimestamp(seconds, UTC)))
    found = _day(text)
    if found is None:
        return None
    day, span = found
    clock = _clock(text, span)
    return Reading(CivilDate(day)) if clock is None else _timed(day, *clock, text)


def _iso(text: str) -> Reading | None:
    """The usual case first: a third of the time of a long sitemap went into patterns."""
    try:
        if len(text) == 10:
            return Reading(CivilDate(date.fromisoformat(text)))
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = at.utcoffset()
    if offset is None:
        return Reading(CivilDate(at.date()), at)
    return Reading(Instant(at)) if abs(offset) <= _WIDEST and 1 < at.year < 9999 else None


def _timed(day: date, clock: timedelta, end: int, text: str) -> Reading | None:
    """The reading of a day with a time, whose zone would stand in `text` from `end` on."""
    try:
        wall = datetime.combine(day, time()) + clock
        zone = _zone(text[end:], wall)
        if zone is None:
            return Reading(CivilDate(wall.date()), wall)
        at = wall.replace(tzinfo=zone)
        at.astimezone(UTC)
    except OverflowError:  # 9999-12-31 and 0001-01-01 have no room for an offset
        return None
    return Reading(Instant(at))


def plausible(when: When, now: datetime) -> bool:
    """False for the zero dates of software and for what is more than a day ahead of `now`."""
    limit = now + timedelta(days=1)
    if isinstance(when, CivilDate):
        return EARLIEST <= when.day <= limit.astimezone(UTC).date()
    at = when.at if isinstance(when, Instant) else when.latest
    return at.date() >= EARLIEST and at <= limit


def _day(text: str) -> tuple[date, tuple[int, int]] | None:
    for pattern in (_NUMERIC, _WORDS):
        for match in pattern.finditer(text):
            day = _date_of(match.groupdict())
            if day is not None:
                return day, match.span()
    return None


def _date_of(groups: dict[str, str | None]) -> date | None:
    for suffix in ("", "2", "3", "4", "5"):
        year, month, day = (groups.get(name + suffix) for name in "ymd")
        if year and month and day:
            number = int(month) if month.isdigit() else month_number(month)
            try:
                return date(_century(int(year), len(year)), number or 0, int(day))
            except ValueError:
                return None
    return None


def _century(year: int, digits: int) -> int:
    """RFC 2822, 4.3: two digits below 50 are of this century."""
    return year if digits > 2 else year + (2000 if year < 50 else 1900)


def _clock(text: str, day: tuple[int, int]) -> tuple[timedelta, int] | None:
    """The time since midnight and where it ends; looked for after the date, then before it."""
    compact = _COMPACT.match(text, day[0])
    match = compact or _TIME.search(text, day[1]) or _TIME.search(text, 0, day[0])
    if match is None:
        return None
    groups = match.groupdict()
    hours, minutes, seconds = (int(groups[name] or 0) for name in ("h", "mi", "s"))
    half = (groups.get("half") or "").lower().replace(".", "")
    if half and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half == "pm" else 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and minutes):
        return None
    fraction = int(((groups.get("f") or "") + "000000")[:6])
    clock = timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59), microseconds=fraction)
    return clock, match.end()


def _zone(rest: str, wall: datetime) -> tzinfo | None:
    """The offset written behind a time; None where there is none, or none that we know."""
    match = _OFFSET.match(rest)
    if match:
        hours, minutes = int(match["h"]), int(match["m"] or 0)
        if hours > 14 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(offset if match["sign"] == "+" else -offset)
    named = _ZONE.match(rest)
    if named is None:
        return None
    name = named["zone"]
    if name.upper() in _FIXED:
        return timezone(timedelta(hours=_FIXED[name.upper()]))
    return _unambiguous(_NAMED.get(name.upper(), ""), wall)


def _unambiguous(key: str, wall: datetime) -> tzinfo | None:
    """The offset that a named zone had at `wall`, unless its clocks showed that time twice."""
    if not key:
        return None
    zone = ZoneInfo(key)
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return timezone(first) if first is not None and first == second else None
