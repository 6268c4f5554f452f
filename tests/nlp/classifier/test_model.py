"""The shipped model at work: defined answers for every text, the same ones every time."""

from __future__ import annotations

import pytest

from core.model import KINDS, SIGNALS, Annotation, Span
from core.ports import Document
from nlp.classifier.detector import ClassifierDetector
from nlp.classifier.model import TextModel
from nlp.classifier.open import open_model
from nlp.language import LanguageDetector
from nlp.normalise import normalise

CALL = "Құрметті ауылдастар! 19 наурызда №5 округ бойынша Серік Омаровқа дауыс беріңіздер."
RUSSIAN_CALL = "Соседи, голосуйте за Омарова, округ № 5! Он починил нам дорогу."
REPORT = "Окружная комиссия зарегистрировала четвёртого кандидата, сообщает пресс-служба."
DOG = "Голосуйте за нашу собаку в конкурсе «Лучший пёс района», ссылка ниже!"


@pytest.fixture(scope="module")
def model() -> TextModel:
    return open_model()


def document(text: str, *found: Annotation) -> Document:
    normal, origin = normalise(text)
    plain = Document(text, normal, origin, ())
    language = tuple(LanguageDetector().detect(plain))
    return Document(text, normal, origin, (), (*language, *found))


def kind(model: TextModel, text: str) -> Annotation:
    return next(a for a in detect(model, text) if a.label == "kind")


def detect(model: TextModel, text: str, *found: Annotation) -> list[Annotation]:
    return list(ClassifierDetector(model, explain=True).detect(document(text, *found)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [(CALL, "campaigning"), (RUSSIAN_CALL, "campaigning"), (REPORT, "news_report"), (DOG, "other")],
)
def test_plain_cases_of_each_kind(model: TextModel, text: str, expected: str) -> None:
    assert kind(model, text).value == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "🗳🗳🗳", "!!! ...", "\x00\x07\x1b[0m", "日本の選挙についての記事です。",
        "a" * 1_000_000, "дауыс " * 200_000, "а́" * 5_000, "\u202e\u202d" * 100,
    ],
)  # fmt: skip
def test_odd_texts_have_a_defined_answer(model: TextModel, text: str) -> None:
    found = detect(model, text)
    (one,) = [a for a in found if a.label == "kind"]
    assert one.value in KINDS
    assert 0 <= one.score <= 1
    assert all(a.value in SIGNALS for a in found if a.label == "signal")
    if not any(character.isalnum() for character in text):
        assert one.data["abstained"] is True


def test_a_text_that_was_read_in_part_says_how_far(model: TextModel) -> None:
    text = "Бүгін ауылда жаңа мектеп ашылды, балалар қуанышты. " * 200
    read_to = kind(model, text).data["read_to"]
    assert isinstance(read_to, int)
    assert 1_000 < read_to < len(text)
    assert "read_to" not in kind(model, CALL).data


def test_an_answer_does_not_hang_on_what_was_read_before(model: TextModel) -> None:
    alone = detect(open_model(), REPORT)
    detect(model, CALL * 20)
    assert detect(model, REPORT) == alone


def test_campaigning_names_the_sentence_that_carried_it(model: TextModel) -> None:
    text = f"Бүгін күн жылы, жел жоқ. {CALL} Автобус кесте бойынша жүреді."
    one = kind(model, text)
    assert one.value == "campaigning"
    assert "дауыс беріңіздер" in " ".join(text[span.start : span.end] for span in one.spans)


def test_a_name_found_before_gets_a_tone(model: TextModel) -> None:
    at = RUSSIAN_CALL.index("Омарова")
    named = Annotation("names", "1", "candidate", "omarov", 0.9, (Span(at, at + 7),))
    (tone,) = [a for a in detect(model, RUSSIAN_CALL, named) if a.label == "tone"]
    assert tone.value == "+"
    assert tone.data["target"] == ["candidate", "omarov"]
    assert tone.spans == named.spans


def test_without_explaining_no_decision_has_spans(model: TextModel) -> None:
    found = ClassifierDetector(model, explain=False).detect(document(CALL))
    assert all(not one.spans for one in found if one.label in {"kind", "signal"})
