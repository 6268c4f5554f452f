"""The sentences that carried a decision, by leaving each out."""

from __future__ import annotations

from nlp.classifier.explain import MOST_PARTS, carriers, parts_of
from nlp.classifier.text import Reading

TEXT = "Погода хорошая. Голосуйте за Сеитова! Автобус ходит как обычно."


def reading(text: str) -> Reading:
    return Reading(text, range(len(text) + 1))


def says_vote(one: Reading) -> list[float]:
    return [0.9 if "Голосуйте" in one.text else 0.2]


def test_the_sentence_without_which_it_falls_is_named() -> None:
    (found,) = carriers(reading(TEXT), [0.9], says_vote)
    assert [TEXT[start:end] for start, end in found] == ["Голосуйте за Сеитова!"]


def test_what_is_left_out_is_left_out_of_the_origin_too() -> None:
    seen: list[Reading] = []

    def ask(one: Reading) -> list[float]:
        seen.append(one)
        return [0.5]

    carriers(reading(TEXT), [0.9], ask)
    assert len(seen) == 3
    for one in seen:
        assert len(one.origin) == len(one.text) + 1
        assert "".join(TEXT[at] for at in one.origin[:-1]) == one.text


def test_one_sentence_is_its_own_carrier_and_nobody_is_asked() -> None:
    def never(_: Reading) -> list[float]:
        raise AssertionError

    assert carriers(reading("Дауыс беріңіздер"), [0.9], never) == [[(0, 16)]]


def test_where_no_sentence_is_missed_the_whole_text_carried() -> None:
    twice = "Голосуйте за Сеитова. И ещё раз: Голосуйте за него."
    (found,) = carriers(reading(twice), [0.9], says_vote)
    assert found == [(0, len(twice))]


def test_a_text_of_many_sentences_is_looked_at_in_a_bounded_number_of_parts() -> None:
    text = " ".join(f"Предложение номер {n}." for n in range(100))
    parts = parts_of(text)
    assert len(parts) <= MOST_PARTS
    assert parts[0][0] == 0
    assert parts[-1][1] == len(text)


def test_a_text_without_words_has_no_part() -> None:
    assert parts_of(" \n\n ") == []
