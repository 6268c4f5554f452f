"""The language that a publisher claims: html lang, meta, og:locale, a feed's own word."""

from __future__ import annotations

import re

_TAG = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*(?:,|$)")
# The code of the country (kz) stands on Kazakh pages, and those of ISO 639-2.
_OTHER_NAMES = {"kz": "kk", "kaz": "kk", "rus": "ru", "eng": "en"}


def claimed_language(tag: str) -> str:
    """The primary language of a tag such as kk-KZ or ru_RU, in lower case; "" where it is none."""
    match = _TAG.match(tag)
    if match is None:
        return ""
    language = match[1].lower()
    return _OTHER_NAMES.get(language, language)
