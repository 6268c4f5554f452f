"""The notation, folding, and that every group of the shipped lexicons means what it shows."""

from __future__ import annotations

import itertools

import pytest

from config.lexicons import load_lexicons
from core.errors import InvalidProfile
from core.lexicon import ROLES, Lexicon, PatternGroup
from core.model import Annotation, Span
from core.ports import Document
from nlp.folding import HEAD, TAIL, fold, words_of
from nlp.phrases import PhraseReader, Reading
from tests.nlp.lexical import document


def lexicon(*patterns: str, **words: tuple[str, ...]) -> Lexicon:
    return Lexicon("xx", words, (PatternGroup("g", "call", 1.0, patterns),), "0" * 64)


def found(pattern: str, text: str, **words: tuple[str, ...]) -> list[str]:
    """The words that a pattern covers in a text."""
    reading: Reading = PhraseReader([lexicon(pattern, **words)]).read(document(text))
    return [
        " ".join(word.folded for word in reading.words[hit.start : hit.end])
        for hit in reading.of("call")
    ]


ONE_WORD = [
    {"дауыс", "dauys", "daýys", "dawıs", "ДАУЫС", "дауис"},
    {"беріңіздер", "бериниздер", "berińizder", "beriñizder", "beringizder", "БЕРІҢІЗДЕР"},
    {"партия", "partiya", "partia"},
    {"сайлау", "saılaý", "saylau", "sailau", "сайлаууу"},
    {"қолдайық", "колдайык", "qoldaıyq", "qoldaiyq"},
    {"голосуйте", "гооолосуйте", "golosuyte", "ГОЛОСУЙТЕ"},
]


@pytest.mark.parametrize("spellings", ONE_WORD, ids=range(len(ONE_WORD)))
def test_one_word_in_all_the_ways_it_is_typed_folds_to_one(spellings: set[str]) -> None:
    assert len({fold(word) for word in spellings}) == 1


DIFFERENT = [("тыйым", "Тимур"), ("сиыр", "сыр"), ("ИИ", "и"), ("AI", "ай"), ("деньги", "день")]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


NOTATION = [
    ("голос", "мой Голос тут", ["голос"]),
    ("голос*", "голосовали голос", ["голосовали", "голос"]),
    ("*ов", "Ахметов и овощ", ["ахметов"]),
    ("бер(емін|еміз)", "дауыс береміз", ["беремиз"]),
    ("голос(а)?", "голос голоса голосу", ["голос", "голоса"]),
    ("за|против всех", "против всех", ["против всех"]),
    ("голос за", "голос против", []),
    ("голос .. за", "голос мой и твой за", ["голос мои и твои за"]),
    ("голос .. за", "голос раз два три четыре за", []),
    ("голос .. за", "голос. Дом за рекой", []),
    ("голос ... за", "голос раз два три четыре за", ["голос раз два три четире за"]),
    ("~не голосуй", "голосуй", ["голосуи"]),
    ("не !надо голосуй", "не смей голосуй", ["не смеи голосуи"]),
    ("не !надо голосуй", "не надо голосуй", []),
    ("(в маслихат|депутаты) иду", "в маслихат иду", ["в маслихат иду"]),
    ("(в маслихат|депутаты) иду", "депутаты иду", ["депутати иду"]),
    ("факт-чек", "это факт-чек", ["факт - чек"]),
    ("один | два три", "два три", ["два три"]),
    ("№ <NUM>", "кандидат № 5", ["№ 5"]),
    ("за <WHO>", "я за Ахметова", ["за ахметова"]),
    ("за <WHO>", "я за мир", []),
    ("<TO> дауыс", "мен Ахметовке дауыс", ["ахметовке дауис"]),
    ("<v> за", "голосуем за", ["голосуем за"]),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), NOTATION)
def test_the_notation_means_what_its_table_says(
    pattern: str, text: str, expected: list[str]
) -> None:
    assert found(pattern, text, v=("голосу(й|ем)",)) == expected


WRONG = [
    "",
    "..",
    "~за",
    "!за",
    "<unknown>",
    "(за",
    "за)",
    "а*б*в",
    "*",
    "!(в маслихат|дом)",
    "а?б",
]


@pytest.mark.parametrize("pattern", WRONG)
def test_a_pattern_that_cannot_be_read_names_lexicon_group_and_pattern(pattern: str) -> None:
    with pytest.raises(InvalidProfile, match="xx: g"):
        PhraseReader([lexicon(pattern)])


def test_a_class_holds_single_words() -> None:
    with pytest.raises(InvalidProfile, match=r"words\.v"):
        PhraseReader([lexicon("<v>", v=("факт-чек",))])


def test_too_many_readings_are_refused() -> None:
    many = " ".join(["(один два|три четыре|пять шесть)"] * 6)
    with pytest.raises(InvalidProfile, match="at most"):
        PhraseReader([lexicon(many)])


def test_classes_of_one_name_join_across_lexicons() -> None:
    kk = Lexicon("kk", {"v": ("дауыс",)}, (), "1" * 64)
    reading = PhraseReader([lexicon("<v> за", v=("голос",)), kk]).read(document("дауыс за"))
    assert len(reading.of("call")) == 1


def test_a_name_known_from_before_is_a_name_in_any_case() -> None:
    text = "я за ахметова"
    named = Annotation("names", "1", "candidate", "c1", 1.0, (Span(5, 13),))
    plain = Document(text, text, range(len(text) + 1), ())
    with_name = Document(text, text, range(len(text) + 1), (), (named,))
    reader = PhraseReader([lexicon("за <WHO>")])
    assert not reader.read(plain).of("call")
    assert reader.read(with_name).of("call")


def test_hits_point_into_the_original_text() -> None:
    text = "🙂 ГО\u200bЛОС за"
    ready = document(text)
    reading = PhraseReader([lexicon("голос")]).read(ready)
    span = reading.span(ready, reading.of("call")[0])
    assert text[span.start : span.end] == "ГО\u200bЛОС"


def test_only_head_and_tail_of_a_long_text_are_words() -> None:
    words = words_of("сло " * 100_000)
    assert len(words) <= (HEAD + TAIL) / 4 + 2
    assert words[-1].end >= 399_990


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    assert found("голос .. за", "голос г. Алматы за") == ["голос г · алмати за"]


SHIPPED = load_lexicons()


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.language)
def test_words_and_gaps_are_found_where_a_matcher_finds_them(shipped: Lexicon) -> None:
    reader = PhraseReader(SHIPPED)
    texts = [
        text for group in shipped.groups for text in (*group.examples, *group.near_misses) if text
    ]
    asked = 0
    for text in [*texts, *(f"{one} {other}" for one, other in itertools.pairwise(texts))]:
        hits = reader.read(document(text)).hits
        for one in itertools.chain.from_iterable(map(hits.candidates, ROLES)):
            if one.chained:
                asked += len(one.items) > 1
                assert list(one.positions(hits.text)) == list(one.matched(hits.text)), one.items
    assert asked > 500


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.language)
def test_every_example_is_found_by_its_own_group_and_no_near_miss_is(shipped: Lexicon) -> None:
    others = [
        Lexicon(other.language, other.words, (), other.digest)
        for other in SHIPPED
        if other is not shipped
    ]
    reader = PhraseReader([shipped, *others])
    wrong = []
    for group in shipped.groups:
        for text, expected in itertools.chain(
            ((text, True) for text in group.examples),
            ((text, False) for text in group.near_misses),
        ):
            hits = reader.read(document(text)).of(group.role)
            if any(hit.group == group.name for hit in hits) is not expected:
                wrong.append((group.name, text, expected))
    assert not wrong


def test_nearly_every_group_shows_an_example() -> None:
    groups = [group for shipped in SHIPPED for group in shipped.groups]
    assert sum(bool(group.examples) for group in groups) / len(groups) > 0.85
