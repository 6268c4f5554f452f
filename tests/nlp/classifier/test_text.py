"""What the model is given to read, and the way back to the original."""

from __future__ import annotations

import pytest

from nlp.classifier.text import MOST_CHARACTERS, Reading
from nlp.classifier.tokenizer import tokens_within
from nlp.training.reading import read_text


def original(text: str, reading: Reading, start: int, end: int) -> str:
    return text[reading.origin[start] : reading.origin[end - 1] + 1]


@pytest.mark.parametrize(
    ("text", "word", "read"),
    [
        ("Сайлауға барыңыз!", "барыңыз", "барыңыз"),
        ("Qoldap dauys beriñizder!", "beriñizder", "беріңіздер"),
        ("ертең\u200b дауыс\u00adберіңіз", "дауыс\u00adберіңіз", "дауысберіңіз"),
        ("Голосуйте за Ceitova", "Ceitova", "Ceitova"),
    ],
)
def test_a_place_of_the_original_is_found_in_what_is_read_and_back(
    text: str, word: str, read: str
) -> None:
    reading = read_text(text)
    at = text.index(word)
    start, end = reading.place(at, at + len(word))
    assert reading.text[start:end] == read
    assert original(text, reading, start, end) == word
    assert len(reading.origin) == len(reading.text) + 1
    assert reading.origin[-1] == len(text)


def test_latin_kazakh_is_read_in_cyrillic_and_english_is_not() -> None:
    kazakh = read_text("Qurmetti aǵaıyn, jeksenbi kúni barlyǵymyz daýys bereıik")
    assert not any(letter.isascii() and letter.isalpha() for letter in kazakh.text)
    english = "On Sunday the polling stations are open from seven in the morning."
    assert read_text(english).text == english


def test_a_text_without_end_is_read_up_to_a_limit() -> None:
    reading = read_text("сөз " * 10_000)
    assert len(reading.text) == MOST_CHARACTERS
    assert reading.origin[-1] == MOST_CHARACTERS
    assert reading.place(39_000, 39_003) == (0, 0)


def test_tokens_of_a_place_are_those_that_share_a_character_with_it() -> None:
    offsets = [(-7, -2), (0, 4), (4, 7), (8, 12), (0, 0)]
    assert tokens_within(offsets, 4, 9) == (2, 4)
    assert tokens_within(offsets, 20, 30) == (0, 0)
