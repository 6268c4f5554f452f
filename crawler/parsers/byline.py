"""The date that a reader sees beside the headline: words in kk and ru that htmldate cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from core.when import CivilDate
from crawler.parsers.dates import month_number, plausible, read_date
from crawler.parsers.markup import line_text

_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|time|data|posted|publish\w*|pubdate|created|meta)(?:$|[\s_-])", re.I
)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:sidebar|related|recommend\w*|popular|latest|comments?|widgets?|footer|teasers?"
    r"|read-?(?:also|more)|nav|navigation|menu|weather|currency|news-?list)(?:$|[\s_-])",
    re.I,
)
_LINE_TAGS = ("span", "div", "p", "td", "small", "em", "i", "b", "strong", "font", "time")
_ELSEWHERE_TAGS = frozenset(("nav", "aside", "footer", "li"))
_DATE_WORDS = {
    "опубликовано", "опубликована", "размещено", "дата", "публикации", "года", "год", "г", "в",
    "жарияланды", "жарияланған", "жарияланым", "күні", "жылғы", "жылдың", "жылы", "жыл", "ж",
    "сағат", "published", "posted", "on", "date", "th", "st", "nd", "rd", "am", "pm",
    "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье",
    "дүйсенбі", "сейсенбі", "сәрсенбі", "бейсенбі", "жұма", "сенбі", "жексенбі",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_MAX_LENGTH = 60
_IN_ADDRESS = re.compile(r"(?<!\d)(20\d{2})([/-])(\d{1,2})\2(\d{1,2})(?!\d)")
_HEAD = re.compile(r"(?:^|[\s_-])(?:header|top|toolbar|topbar)(?:$|[\s_-])", re.I)


def address_date(url: str, now: datetime) -> CivilDate | None:
    """The day in an address such as /2023/03/18/title, where there is exactly one."""
    days = set()
    for year, _, month, day in _IN_ADDRESS.findall(urlsplit(url).path):
        try:
            days.add(CivilDate(date(int(year), int(month), int(day))))
        except ValueError:
            continue
    found = days.pop() if len(days) == 1 else None
    return found if found and plausible(found, now) else None


def is_today(day: CivilDate, now: datetime) -> bool:
    """True where it is, or may be, that day somewhere at the moment `now`."""
    utc = now.astimezone(UTC)
    return (utc - timedelta(hours=12)).date() <= day.day <= (utc + timedelta(hours=14)).date()


def visible_date(tree: Any, now: datetime) -> CivilDate | None:
    """The one day that the page shows as its date; of several, the one beside the headline.

    Looked for in elements made for dates, then in lines that are nothing but a date: a sentence
    with a day in it tells of something else. Boxes of other articles are not looked at.
    """
    for candidates in (_made_for_dates(tree), _bare_dates(tree)):
        days: dict[Any, date] = {}
        for element, text in candidates:
            reading = read_date(text)
            if reading is not None and plausible(CivilDate(reading.day), now):
                days[element] = reading.day
        if days:
            return _only(days.values()) or _beside_headline(tree, days)
    return None


def _made_for_dates(tree: Any) -> Iterator[tuple[Any, str]]:
    dated = cache(_DATED.search)  # half of the elements of a page have the names of another one
    for element in tree.xpath("//*[@class or @id]"):
        if dated(f"{element.get('class') or ''} {element.get('id') or ''}"):
            text = line_text(element)
            if len(text) <= _MAX_LENGTH and not _is_elsewhere(element):
                yield element, text


def _bare_dates(tree: Any) -> Iterator[tuple[Any, str]]:
    for element in tree.iter(*_LINE_TAGS):
        text = (element.text or "").strip()
        if 6 <= len(text) <= _MAX_LENGTH and _DIGIT.search(text):
            words = _WORD.findall(text.lower())
            is_bare = all(word in _DATE_WORDS or month_number(word) for word in words)
            if is_bare and not _is_elsewhere(element):
                yield element, text


def _beside_headline(tree: Any, days: Mapping[Any, date]) -> CivilDate | None:
    """The only day in the smallest element around the only <h1> that shows any."""
    headings = list(tree.iter("h1"))
    if len(headings) != 1:
        return None
    around = {element: set(element.iterancestors()) for element in days}
    for ancestor in headings[0].iterancestors():
        inside = [day for element, day in days.items() if ancestor in around[element]]
        if inside:
            return _only(inside)
    return None


def _only(days: Iterable[date]) -> CivilDate | None:
    different = set(days)
    return CivilDate(different.pop()) if len(different) == 1 else None


def _is_elsewhere(element: Any) -> bool:
    while element is not None:
        if element.tag in _ELSEWHERE_TAGS:
            return True
        if _ELSEWHERE.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            return element.tag not in ("body", "html")
        if _is_site_head(element):
            return True
        element = element.getparent()
    return False


def _is_site_head(element: Any) -> bool:
    """The head of the site, where today's date stands; that of an article holds its headline."""
    is_head = element.tag == "header" or _HEAD.search(element.get("class") or "")
    return bool(is_head) and element.find(".//h1") is None and element.tag not in ("body", "html")
