"""Candidates in texts: a table of forms in every case, half of it unseen, and near-misses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import Annotation
from nlp.analyzer import LemmaAnalyzer
from nlp.annotate import make_document
from nlp.names import NameLinker
from nlp.names.forms import FullName, parse_name, surface_forms
from nlp.names.inflect import russian_cases
from tests.nlp.elections import candidate, election, register

CASES = Path(__file__).parent / "names_cases.tsv"
LINKER = NameLinker(election(register()))


def found(text: str, linker: NameLinker = LINKER) -> dict[str, Annotation]:
    annotations = linker.detect(make_document(text, LemmaAnalyzer()))
    return {a.value: a for a in annotations if a.label == "candidate"}


def cases(half: str) -> Iterator[tuple[set[str], str]]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if fields[0] == half:
            yield set(fields[1].split(",")) - {"-"}, fields[2]


@pytest.mark.parametrize(("named", "text"), list(cases("dev")))
def test_form_of_the_half_that_was_looked_at(named: set[str], text: str) -> None:
    assert set(found(text)) == named


def test_unseen_half_is_found_to_95_percent_and_nobody_else_is() -> None:
    table = [(named, set(found(text))) for named, text in cases("test")]
    assert len(table) >= 150
    hits = sum(len(named & got) for named, got in table)
    assert hits / sum(len(named) for named, _ in table) >= 0.95
    assert hits / sum(len(got) for _, got in table) >= 0.95


def test_the_table_is_of_300_cases_and_more() -> None:
    assert len(list(cases("dev"))) + len(list(cases("test"))) >= 300


@pytest.mark.parametrize("person", register(), ids=lambda person: person.id)
def test_every_generated_form_of_everybody_is_found(person) -> None:  # type: ignore[no-untyped-def]
    missed = [form for form in surface_forms(person) if person.id not in found(f"Бұл {form}.")]
    assert missed == []


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("орёл", "орла"), ("заяц", "зайцем"), ("соловей", "соловью"), ("кравец", "кравца"),
        ("орёл", "орёла"), ("волк", "волка"),
    ],
)  # fmt: skip
def test_surnames_that_are_nouns_lose_the_vowel_of_the_noun_or_keep_it(
    name: str, form: str
) -> None:
    assert form in {form for cases in russian_cases(name, "surname", "m") for form in cases}
    assert russian_cases(name, "surname", "f") == ((name,) * 6,)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Серіков Асхат Нұрланұлы", FullName("Серіков", "Асхат", "Нұрланұлы")),
        ("Асхат Нурланович Сериков", FullName("Сериков", "Асхат", "Нурланович")),
        ("Асхат Сериков", FullName("Сериков", "Асхат")),
        ("Сериков Асхат", FullName("Сериков", "Асхат")),
        ("Асхат Нұрланұлы", FullName("Нұрланұлы", "Асхат")),
        ("Мамедов Руслан Али оглы", FullName("Мамедов", "Руслан", "Али оглы")),
        ("Мадонна", FullName("Мадонна")),
        ("", FullName("")),
    ],
)
def test_names_are_taken_apart_in_whatever_order_they_stand(written: str, parts: FullName) -> None:
    assert parse_name(written) == parts


def test_spans_are_of_the_original_text_and_all_mentions_are_in_one_annotation() -> None:
    text = "Асхат\u00a0Сериков — наш кандидат! За Се\u200bрикова!"
    annotation = found(text)["serikov"]
    assert [text[s.start : s.end] for s in annotation.spans] == [
        "Асхат\u00a0Сериков",
        "Се\u200bрикова",
    ]
    assert annotation.data["forms"] == ["Асхат\u00a0Сериков", "Се\u200bрикова"]
    assert annotation.data["how"] == "first_name"


def test_namesakes_are_both_named_with_half_the_score_and_each_other_beside() -> None:
    both = found("Нурлан Омаров обещает")
    assert {a.score for a in both.values()} == {0.5}
    assert both["omarov1"].data["ambiguous"] == ["omarov2"]


def test_a_patronymic_tells_namesakes_apart() -> None:
    assert set(found("Омаров Нурлан Аскарович")) == {"omarov2"}


def test_a_surname_alone_is_worth_more_among_words_of_an_election() -> None:
    with_context = found("Кандидат Жуматаев выступил")["zhumataev"].score
    without = found("Приехал Жуматаев")["zhumataev"].score
    assert without < with_context < 0.9


def test_a_common_surname_alone_names_nobody_without_words_of_an_election() -> None:
    assert found("Сериков забил два гола") == {}
    assert set(found("Кандидат Сериков провёл встречу")) == {"serikov"}


def test_a_surname_shared_by_two_names_whom_the_text_names_in_full() -> None:
    text = "Динара Смагулова — кандидат. Голосуйте за Смагулову!"
    assert found(text)["smagulova"].spans[-1].start == text.rindex("Смагулову")


def test_handles_of_candidates_name_them() -> None:
    linker = NameLinker(
        election([candidate("x", "Серіков А", "Сериков А", accounts=[("telegram", "serikov_kz")])])
    )
    for text in ("Пишите @Serikov_KZ", "https://t.me/serikov_kz/15", "канал t.me/serikov_kz"):
        assert found(text, linker)["x"].data["how"] == "handle"
    assert found("@serikov_kz2", linker) == {}


def test_english_names_of_the_register_are_found_as_spelt_there() -> None:
    linker = NameLinker(
        election([candidate("x", "Есімов Ілияс", "Есимов Ильяс", en="Yessimov Iliyas")])
    )
    assert set(found("Iliyas Yessimov's campaign", linker)) == {"x"}


def test_the_hash_follows_names_and_nothing_else() -> None:
    one = candidate("x", "Серіков Асхат", "Сериков Асхат")
    other = candidate("x", "Серіков Асхан", "Сериков Асхан")
    hashes = [NameLinker(election([person])).gazetteer_hash for person in (one, one, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    linker = NameLinker(election([one]))
    assert linker.gazetteer_hash[:12] in linker.version


@pytest.mark.parametrize(
    "text", ["", "😀", "А.", "Сериков", "...Сериков", "Сериков А", "\ud800 Сериков"]
)
def test_odd_texts_raise_nothing(text: str) -> None:
    LINKER.detect(make_document(text, LemmaAnalyzer()))


def test_a_register_of_nobody_and_names_of_one_word_are_no_trouble() -> None:
    assert found("Асхат Сериков", NameLinker(election([]))) == {}
    single = NameLinker(election([candidate("x", "Мадонна", "")]))
    assert set(found("Кандидат Мадонна", single)) == {"x"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Третий округ, выбирайте Мороза!", {"moroz"}),
        ("Опрос: Мороз 33 %, Жуматаев 31 %", {"moroz", "zhumataev"}),
        ("Голосуем за Смагулова", {"smagulov"}),
        ("Голосуем за Смагулову", {"smagulova"}),
        ("Дед Мороз пришёл на выборы", set()),
        ("Мороз на выборах не помешал", set()),
        ("ВЫБОРЫ В МОРОЗ", set()),
        ("Виктор Иванович идёт на выборы", {"moroz"}),
        ("Кім үшін дауыс бересің?", set()),
    ],
)
def test_surnames_that_are_words_or_shared_by_both_genders(text: str, named: set[str]) -> None:
    assert set(found(text)) == named
