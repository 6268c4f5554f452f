"""Counts as Telegram shortens them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

# The letters are Latin or Cyrillic: both are seen.
_COUNT = re.compile(r"(\d[\d\s.,]{0,30})([KkMmBb\u041a\u043a\u041c\u043c]?)")
_SCALE = {"K": 1_000, "\u041a": 1_000, "M": 1_000_000, "\u041c": 1_000_000, "B": 1_000_000_000}


def read_count(text: str) -> int | None:
    """The number in front: 1.2K, 3,4M, 12 345, "1 024 subscribers"; None where there is none."""
    match = _COUNT.match(text.strip())
    if match is None:
        return None
    digits = re.sub(r"\s", "", match[1])
    suffix = match[2].upper()
    if not suffix:
        return int(re.sub(r"[.,]", "", digits))
    try:
        return int(Decimal(digits.replace(",", ".").rstrip(".")) * _SCALE[suffix])
    except InvalidOperation:
        return None
