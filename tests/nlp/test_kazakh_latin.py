"""Kazakh in Latin letters: every spelling in use comes to the same stems as Cyrillic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.kazakh import fold, stem
from nlp.kazakh_latin import cyrillic_word, is_latin, to_cyrillic


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        # 2018: acutes
        ("Saılaý", "сайлау"), ("daýys", "дауыс"), ("Respýblıkasy", "республикасы"),
        ("partııasy", "партиясы"), ("úmitker", "үміткер"), ("ǵylym", "ғылым"), ("jańa", "жаңа"),
        ("ózgeris", "өзгеріс"), ("kásip", "кәсіп"), ("shyǵys", "шығыс"),
        # 2021: umlauts
        ("äkim", "әкім"), ("öñir", "өңір"), ("ğalym", "ғалым"), ("oŋtüstik", "оңтүстік"),
        ("ūlttyq", "ұлттық"), ("şeşim", "шешім"), ("qazaqstan", "қазақстан"),
        # 2017: apostrophes
        ("o'mir", "өмір"), ("s'es'im", "шешім"), ("an'gime", "аңгіме"),
    ],
)  # fmt: skip
def test_official_drafts(latin: str, cyrillic: str) -> None:
    assert cyrillic_word(latin) == cyrillic


@pytest.mark.parametrize(
    ("chat", "proper"),
    [
        ("sailau", "сайлау"), ("saylaw", "сайлау"), ("dauys", "дауыс"), ("dawys", "дауыс"),
        ("beremiz", "береміз"), ("zhaksy", "жақсы"), ("jaqsy", "жақсы"), ("khalyq", "халық"),
        ("halyk", "халық"), ("umitker", "үміткер"), ("onir", "өңір"), ("keliniz", "келіңіз"),
        ("kelingiz", "келіңіз"), ("partiya", "партия"), ("bolashagy", "болашағы"),
        ("zhana", "жаңа"),
        ("shygys", "шығыс"), ("qurmetti", "құрметті"), ("auyl", "ауыл"), ("oner", "өнер"),
    ],
)  # fmt: skip
def test_chat_spelling_meets_proper_spelling_in_the_key(chat: str, proper: str) -> None:
    assert fold(cyrillic_word(chat)) == fold(proper)
    assert stem(cyrillic_word(chat)) == stem(proper)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Tokayev", "токаев"), ("Zhumabayeva", "жумабаева"), ("Yerlan", "ерлан"),
        ("Yuliya", "юлия"), ("Shyńǵys", "шыңғыс"), ("Akhmetov", "ахметов"),
    ],
)  # fmt: skip
def test_names_as_passports_spell_them(latin: str, cyrillic: str) -> None:
    assert cyrillic_word(latin) == cyrillic


def test_a_text_keeps_its_capitals_and_its_cyrillic() -> None:
    assert to_cyrillic("ÄKIM Saılaý: дауыс Ber") == "ӘКІМ Сайлау: дауыс Бер"


@given(st.text(max_size=30))
def test_what_is_not_latin_comes_back_lower_cased(text: str) -> None:
    if not is_latin(text):
        assert (
            cyrillic_word(text) == text.replace("İ", "i").replace("I", "i").lower() or "I" in text
        )
