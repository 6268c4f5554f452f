"""The date that a reader sees beside the headline: words in kk and ru that htmldate cannot read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from core.when import CivilDate
from crawler.parsers.dates import plausible, read_date
from crawler.parsers.markup import line_text

_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|time|data|posted|publish\w*|pubdate|created|meta)(?:$|[\s_-])", re.I
)
_ELSEWHERE = re.compile(
    r"sidebar|related|recommend|popular|latest|comment|widget|footer|read-?(?:also|more)|teaser|nav|menu|weather|currency",
    re.I,
)
_ELSEWHERE_TAGS = frozenset(("nav", "aside", "footer", "form", "li"))
_MAX_LENGTH = 60
_IN_ADDRESS = re.compile(r"(?<!\d)(20\d{2})([/-])(\d{1,2})\2(\d{1,2})(?!\d)")
_HEAD = re.compile(r"header|top|toolbar", re.I)


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
    """The one day that the page shows in elements made for dates; None where it shows several.

    Boxes of other articles, which have dates of their own, are not looked at.
    """
    days = set()
    for element in tree.xpath("//*[@class or @id]"):
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if not _DATED.search(named) or _is_elsewhere(element):
            continue
        text = line_text(element)
        reading = read_date(text) if len(text) <= _MAX_LENGTH else None
        if reading is not None and plausible(CivilDate(reading.day), now):
            days.add(reading.day)
    return CivilDate(days.pop()) if len(days) == 1 else None


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
