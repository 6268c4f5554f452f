"""Where the words of a normalised text are.

A word is a run of letters, a number a run of digits ("19.03.2023" is three, "5G" two); hyphens
part words. A Kazakh ending behind a hyphen, an apostrophe or a closing quote ("AMANAT-тың",
"«Ауыл»дың", "10-шы") and the tail of a Russian numeral ("5-го") belong to the word before it. A
URL, an address and an @name are one token each; a #tag is its word. Emoji make none.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

TokenKind: TypeAlias = Literal["word", "number", "link", "name"]

_ENDINGS = (
    # plural, possessive and case of Kazakh, typed with and without its letters
    "(?:[лдт][ае]р)?(?:[ндт][ыіи][ңн]|[ғгқк][ае]|[ндт][ыіи]|[дт][ае][ғг][ыіи]|[дтн][ае]н|[дт][ае]"
    "|[мбп]ен)|[лдт][ае]р(?:[ыіи](?:н[ае]?|н[ыіи][ңн]|нд[ае]|н[ае]н|мен)?)?"
    "|с?[ыіи](?:н[ае]?|н[ыіи][ңн]|нд[ае]|н[ае]н|мен)?|[ыіи]?нш[ыіи]|ш[ыіи]"
    # the same in Latin letters, and the English possessive
    "|(?:[ldt][ae]r)?(?:[ndt][yiı][nñńŋ]g?|[gqkğǵ][ae]|[ndt][yiı]|[dtn][ae]n|[dt][ae]|[mbp]en)|s"
)
_WORD_TAIL = f'(?:(?:[»”"“]?[-\'’ʼ]|[»”"“])(?i:{_ENDINGS})(?![^\\W_]))?'
_NUMBER_TAIL = f"(?:%?-?(?i:{_ENDINGS}|го|му|ми|й|я|е|ое|ая|ый|ой|ом|х|м|ю|ую)(?![^\\W_]))?"
# No word of a language is longer; a run of 200,000 letters took 76 s to be stemmed as one.
_LETTERS = "[^\\W\\d_]{1,64}"
_PLAIN = (
    f"(?P<word>{_LETTERS}(?:['’ʼ`](?!(?i:{_ENDINGS})(?![^\\W_])){_LETTERS})*){_WORD_TAIL}"
    f"|(?P<number>\\d{{1,64}}){_NUMBER_TAIL}"
)
_LINK = (
    '(?P<link>(?:https?://|www\\.|(?:t\\.me|vk\\.com|wa\\.me)/)[^\\s<>"«»“”]*[^\\s<>"«»“”.,:;!?)\\]}\'…]'
    "|(?<![\\w.+-])[\\w.+-]{1,64}@[\\w-]+(?:\\.[\\w-]+)+)|(?<![^\\W])@(?P<name>\\w{2,})"
)
_WORDS = re.compile(_PLAIN)
_ALL = re.compile(f"{_LINK}|{_PLAIN}", re.IGNORECASE)
_MAY_HAVE_LINKS = re.compile(r"[@/]|www\.", re.IGNORECASE)


class RawToken(NamedTuple):
    """A token of a normalised text: [start, end) with its ending, and `text` without."""

    start: int
    end: int
    kind: TokenKind
    text: str


def pattern_for(normal: str) -> re.Pattern[str]:
    """The pattern whose matches are the tokens; `lastgroup` is their kind."""
    return _ALL if _MAY_HAVE_LINKS.search(normal) else _WORDS


def raw_tokens(normal: str) -> list[RawToken]:
    """The tokens of a normalised text, in order."""
    return [
        RawToken(*match.span(), match.lastgroup, match[match.lastgroup])  # type: ignore[arg-type, index]
        for match in pattern_for(normal).finditer(normal)
    ]


def link_key(link: str) -> str:
    """What a link is found by: lower case, no scheme, no www, no final slash."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower()).rstrip("/") or link.lower()
