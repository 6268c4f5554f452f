"""A call beside much else is found; what campaigns nowhere is left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.model import KINDS
from nlp.classifier.calibration import Calibration
from nlp.classifier.model import Scores
from nlp.classifier.passages import MOST_PASSAGES, read_passages
from nlp.classifier.text import Reading

NEWS = "Дорогу ремонтируют. Каникулы в школе № 5 до среды."
CALL = "Завтра голосуйте за Омарова!"


class Heard:
    """A model that knows a call by its first word, where it reads no more than two sentences."""

    version = "heard"
    reads_signals = False
    calibration = Calibration(abstain_below=0.7)

    def __init__(self, share: float = 0.9) -> None:
        self.share = share
        self.read: list[str] = []

    def scores(self, reading: Reading, places: Sequence[tuple[int, int]] = ()) -> Scores:
        self.read.append(reading.text)
        assert len(reading.origin) == len(reading.text) + 1
        hears = "голосуйте" in reading.text and len(reading.text) < 80
        share = self.share if hears else 0.1
        rest = (1 - share) / 3
        return Scores([share, rest, rest, rest], None, None, [None] * len(places), 0)


def asked(model: Heard, text: str, name: str) -> tuple[Scores, str]:
    reading = Reading(text, list(range(len(text) + 1)))
    at = text.index(name)
    scores, stretch = read_passages(model, reading, [(at, at + len(name))])
    return scores, text[stretch[0] : stretch[1]] if stretch else ""


def test_a_call_among_news_is_found_and_its_passage_named() -> None:
    scores, passage = asked(Heard(), f"{NEWS} {CALL} Обещают снег. Рынок закрыт.", "Омарова")
    assert passage == CALL
    assert scores.kind == pytest.approx([0.9, 1 / 30, 1 / 30, 1 / 30])
    assert sum(scores.kind) == pytest.approx(1)


def test_a_passage_that_is_not_sure_changes_nothing() -> None:
    scores, passage = asked(Heard(0.69), f"{NEWS} {CALL} Обещают снег. Рынок закрыт.", "Омарова")
    assert passage == ""
    assert scores.kind[KINDS.index("campaigning")] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("sure", "unsure"),
    [
        pytest.param([0.02, 0.02, 0.91, 0.05], [0.02, 0.02, 0.89, 0.07], id="a report"),
        pytest.param([0.01, 0, 0, 0.99], [0.03, 0, 0, 0.97], id="no campaigning"),
    ],
)
def test_what_surely_does_not_campaign_stays_so_whatever_it_quotes(
    sure: Sequence[float], unsure: Sequence[float]
) -> None:
    class Whole(Heard):
        kind = sure

        def scores(self, reading: Reading, places: Sequence[tuple[int, int]] = ()) -> Scores:
            found = super().scores(reading, places)
            return replace(found, kind=self.kind) if len(reading.text) > 80 else found

    text = f"{NEWS} {CALL} Обещают снег. Рынок закрыт."
    model = Whole()
    assert asked(model, text, "Омарова")[1] == ""
    assert model.read == [text]
    model.kind = unsure
    assert asked(model, text, "Омарова")[1] == CALL


def test_what_campaigns_as_a_whole_is_read_once() -> None:
    model = Heard()
    _, passage = asked(model, CALL, "Омарова")
    assert passage == ""
    assert model.read == [CALL]


def test_a_text_that_names_nobody_is_read_once() -> None:
    model = Heard()
    read_passages(model, Reading(NEWS, list(range(len(NEWS) + 1))), [])
    assert model.read == [NEWS]


def test_a_list_of_names_is_read_in_a_bounded_number_of_passages() -> None:
    model = Heard()
    text = " ".join(f"Пункт {n}: Омаров{n} сказал." for n in range(11))
    places = [(text.index(f"Омаров{n} "), text.index(f"Омаров{n} ") + 6) for n in range(11)]
    read_passages(model, Reading(text, list(range(len(text) + 1))), places)
    assert len(model.read) == 1 + MOST_PASSAGES


def test_a_call_in_a_text_of_many_sentences_is_read_by_itself() -> None:
    many = " ".join(f"Автобус № {n} пойдёт в объезд." for n in range(40))
    scores, passage = asked(Heard(), f"{many} {CALL} {many}", "Омарова")
    assert passage == CALL
    assert scores.kind[KINDS.index("campaigning")] == pytest.approx(0.9)


def test_a_name_beyond_what_is_read_is_no_place() -> None:
    model = Heard()
    text = f"{CALL} {NEWS} {NEWS} {NEWS}"
    read_passages(model, Reading(text, list(range(len(text) + 1))), [(9_000, 9_006)])
    assert model.read == [text]
