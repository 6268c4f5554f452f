"""Normalising: what is repaired, what stays, and that every character knows where it came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import Document
from nlp.normalise import normalise


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("гoлocyйтe зa Cepикoвa", "голосуйте за Серикова"),  # Latin look-alikes
        ("бiз Hұрлан қаhарман", "біз Нұрлан қаһарман"),  # i, H and h for Kazakh letters
        ("əлем сəлем Əлия", "әлем сәлем Әлия"),  # schwa
        ("θмір Ѳскемен", "өмір Өскемен"),  # theta and fita
        ("БAҚЫTTЫ", "БАҚЫТТЫ"),
        ("Vоtе fоr hіm", "Vote for him"),  # Cyrillic hidden in English
        ("г0лос за в3ятку", "голос за взятку"),
        ("гоlосуй", "гоlосуй"),  # l is nobody's look-alike: left as it is
        ("c нами o чём", "с нами о чём"),
        ("ＡＭＡＮＡＴ", "AMANAT"),
        ("𝐀𝐌𝐀𝐍𝐀𝐓 𝓿𝓸𝓽𝓮 𝟓", "AMANAT vote 5"),
        ("🅰🅼🅰🅽🅰🆃 ⓐ ᴀᴍᴀɴᴀᴛ", "AMANAT a amanat"),
        ("го\u0301лос", "голос"),  # stress mark
        ("и\u0306од е\u0308лка", "йод ёлка"),  # composed
        ("д\u0337а\u0336у\u0335ы\u0334с", "дауыс"),  # struck out
        ("ви\u00adде\u200bо\u2060", "видео"),
        ("\ufeffбір\u00a0екі\u2009үш\u3000төрт", "бір екі үш төрт"),
        ("бір\u2028екі", "бір\nекі"),
        ("Ақ\u2011жол", "Ақ-жол"),
    ],
)
def test_what_is_repaired(text: str, normal: str) -> None:
    assert normalise(text)[0] == normal


@pytest.mark.parametrize(
    "text",
    [
        "Сайлауға барамыз, дауыс береміз!",
        "Голосуйте «за» – №5, 100 %…",
        "г.о.л.о.с",
        "AMANATтың Facebookта IT-компания COVID-ке",
        "iPhone 5G B2B BMW",
        "Qazaqstan Respýblıkasy",
        "مرحبا بالعالم",
        "हिन्दी",
        "🇰🇿 👍",
        "tab\tand\r\nlines\n",
        "",
    ],
)
def test_what_stays_as_it_is(text: str) -> None:
    normal, origin = normalise(text)
    assert normal == text
    assert list(origin) == list(range(len(text) + 1))


@given(st.text(max_size=60))
def test_every_character_comes_from_somewhere_in_order(text: str) -> None:
    normal, origin = normalise(text)
    assert len(origin) == len(normal) + 1
    assert origin[-1] == len(text)
    assert all(a <= b for a, b in zip(origin, list(origin)[1:], strict=False))
    assert all(0 <= index < len(text) for index in list(origin)[:-1])


MESSY = st.text(
    alphabet=st.sampled_from("aаәeіi0о \u200b\u00ad\u0301\u0306и𝐀Ａｱ«»'-ﬁ\u1100\u1161\ud800\n"),
    max_size=40,
)


@given(MESSY)
def test_offsets_hold_for_text_made_of_trouble(text: str) -> None:
    normal, origin = normalise(text)
    document = Document(text, normal, origin, ())
    for start in range(len(normal)):
        span = document.original(start, start + 1)
        assert 0 <= span.start < span.end <= len(text)


@given(st.text(alphabet="абвә ｱ\u0301\u0306и\u200b-«0", max_size=40))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)[0]
    assert normalise(once)[0] == once


@given(st.text(max_size=40))
def test_the_result_is_composed(text: str) -> None:
    assert unicodedata.is_normalized("NFC", normalise(text)[0])


def test_a_span_of_the_original_covers_what_was_hidden_in_it() -> None:
    text = "за С\u200bе\u200bр\u200bикова!"
    normal, origin = normalise(text)
    start = normal.index("Серикова")
    span = Document(text, normal, origin, ()).original(start, start + 8)
    assert text[span.start : span.end] == "С\u200bе\u200bр\u200bикова"


def test_a_page_of_marks_and_lone_letters_takes_no_time() -> None:
    text = "a é " * 50_000 + "\u0301" * 50_000 + "д"
    normal, origin = normalise(text)
    assert normal.endswith("д")
    assert len(origin) == len(normal) + 1
