"""Where words of a search stand, and what of a text is shown: for any text at all."""

from __future__ import annotations

from api_fakes import FakeAnalyzer
from hypothesis import given, settings
from hypothesis import strategies as st

from api.highlight import SNIPPET, matches, snippet, terms
from api.web.marks import Mark, pieces, safe_link
from core.grammar import parse
from core.model import Span

ANALYZER = FakeAnalyzer()
TEXTS = st.text(st.sampled_from("ab әі\n.«»🗳️𝐀"), max_size=900)
SPANS = st.tuples(st.integers(-5, 950), st.integers(0, 60)).map(lambda t: (t[0], t[0] + t[1]))


def found(text: str, query: str) -> list[str]:
    wanted = terms(parse(query, ANALYZER))
    return [text[one.start : one.end] for one in matches(ANALYZER.tokens(text), wanted)]


def test_words_phrases_and_what_is_not_wanted() -> None:
    text = "дауыс беру күні, күні бұрын дауыс"
    assert found(text, "дауыс") == ["дауыс", "дауыс"]
    assert found(text, '"дауыс беру"') == ["дауыс беру"]
    assert found(text, '"беру дауыс"') == []
    assert found(text, "дауыс -күні") == ["дауыс", "дауыс"]
    assert found(text, "бұрын OR party:auyl") == ["бұрын"]


def test_overlapping_finds_become_one() -> None:
    assert found("a b c", '"a b" OR "b c"') == ["a b c"]


@given(TEXTS, SPANS)
@settings(max_examples=200, deadline=None)
def test_a_snippet_lies_in_the_text_and_highlights_in_the_snippet(
    text: str, focus: tuple[int, int]
) -> None:
    wanted = terms(parse("ab OR әі", ANALYZER))
    at = Span(max(0, min(focus[0], len(text))), max(0, min(focus[1], len(text))))
    shown = snippet(text, wanted, ANALYZER, [at])
    assert 0 <= shown.span.start <= shown.span.end <= len(text)
    assert shown.span.end - shown.span.start <= SNIPPET + 50
    for one in shown.highlights:
        assert shown.span.start <= one.start < one.end <= shown.span.end
    expected = matches(ANALYZER.tokens(text), wanted)
    assert bool(shown.highlights) == bool(expected)


@given(TEXTS, st.lists(SPANS, max_size=6))
@settings(max_examples=200, deadline=None)
def test_pieces_are_the_text_again_and_marks_lie_where_they_should(
    text: str, spans: list[tuple[int, int]]
) -> None:
    marks = [Mark(start, end, f"look{place}") for place, (start, end) in enumerate(spans)]
    cut = pieces(text, marks)
    assert "".join(one.text for one in cut) == text
    at = 0
    for one in cut:
        for look in one.looks:
            start, end = spans[int(look[4:])]
            assert start <= at
            assert at + len(one.text) <= end
        at += len(one.text)


def test_only_the_web_is_linked_to() -> None:
    assert safe_link("https://a.example/x") == "https://a.example/x"
    for hostile in (
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//a.example", "", None,
        "https:", "http://[", "\tjavascript:alert(1)", "vbscript:x", "file:///etc/passwd",
    ):  # fmt: skip
        assert safe_link(hostile) == ""
