"""The short way to a tree gives the tree that trafilatura's own loading gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml.etree import tostring
from trafilatura.utils import load_html

from core.errors import ParseError
from crawler.parsers.encoding import decode
from crawler.parsers.page_tree import page_tree

CASES = sorted((Path(__file__).parent / "article").glob("*/*.html"))
# The odd thing stands far behind the head of the page, which is looked at by itself.
PAGE = (
    "<!doctype html>\n<html><head><title>т</title></head><body>"
    f"{'<p>Мәтін</p>' * 999}{{}}</body></html>"
)
ODD = {
    "nothing odd": "",
    "control characters": "a\x01b\x0bc\x1fd\x7fe",
    "no characters": "a\ufffeb\uffffc",
    "beyond the first plane": "😀 \U0001fffe",
    "a lone surrogate by reference": "&#xD800;",
    "control characters by reference": "&#1;&#0;",
    "two bodies": "</body><body class='b'><p>d</p></body>",
    "no end": "<div><p>",
}
STARTS = {
    "on one line": "<!doctype html><html><body><p>a</p><div>b</div></body></html>",
    "an XHTML doctype": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML" "a/b">\n<html>a</html>',
    "a second html that closes itself": "<!doctype html>\n<head><link></head>\n<html/>\n<p>a</p>",
    "html that closes itself": "<!doctype html>\n<html lang='kk'/>\n<body><p>a</p></body>",
    "a declaration": "<?xml version='1.0' encoding='cp1251'?>\n<html><p>б</p></html>",
    "a charset that it has not": "<html>\n<head><meta charset='koi8-r'></head><p>б</p></html>",
    "no html": "<div>\n<p>a</p></div><p>b</p>",
    "no body": "<html>\n<head><title>a</title></head></html>",
    "frames": "<html>\n<frameset><frame src='a'></frameset></html>",
}  # fmt: skip


def _shown(tree: Any) -> str | None:
    return None if tree is None else str(tostring(tree, encoding="unicode"))


def _ours(text: str) -> str | None:
    try:
        return _shown(page_tree(text, "https://example.kz/a"))
    except ParseError:
        return None


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_page_with(odd: str) -> None:
    text = PAGE.replace("{}", odd)
    assert _ours(text) == _shown(load_html(text))


@pytest.mark.parametrize("text", STARTS.values(), ids=STARTS)
def test_a_page_that_begins_with(text: str) -> None:
    assert _ours(text) == _shown(load_html(text))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_pages_of_the_cases(path: Path) -> None:
    text = decode(path.read_bytes()).text
    ours = _ours(text)
    assert ours is None or ours == _shown(load_html(text))


def test_a_lone_surrogate_is_left_to_trafilatura() -> None:
    text = PAGE.replace("{}", "\ud800")
    assert _ours(text) == _shown(load_html(text))
