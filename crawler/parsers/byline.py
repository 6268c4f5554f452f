"""The date that a reader sees beside the headline: words in kk and ru that htmldate cannot read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

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
        element = element.getparent()
    return False
