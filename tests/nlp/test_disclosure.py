"""Marking, financing and notices of generated content, and talk about them."""

from __future__ import annotations

import pytest

from core.model import Annotation
from nlp.ai_disclosure import AiDisclosureDetector
from nlp.disclosure import DisclosureDetector
from tests.nlp.lexical import document, reader


def disclosed(text: str) -> dict[str, Annotation]:
    return {a.value: a for a in DisclosureDetector(reader()).detect(document(text))}


def notices(text: str) -> list[Annotation]:
    return list(AiDisclosureDetector(reader()).detect(document(text)))


FINANCING = [
    "Оплачено из средств избирательного фонда кандидата А. Омарова.",
    "Голосуйте за Омарова! Оплачено из избирательного фонда партии.",
    "Материал оплачен за счёт средств избирательного фонда кандидата.",
    "Сайлау қоры қаражатынан төленді.",
    "Кандидаттың сайлау қоры есебінен дайындалды.",
    "Saılaý qory qarajatynan tólendi",
    "Сайлау коры каражатынан толенди",
    "Paid for by the election fund of A. Omarov.",
    "Paid for by Friends of Bekova.",
]
MARKING = [
    "На правах рекламы.",
    "На правах политической рекламы",
    "Жарнама құқығында.",
    "Размещено по договору № 12 от 20 февраля.",
    "Заказчик: штаб кандидата Омарова. Тираж 5000 экз.",
    "Тапсырыс беруші: «Ауыл» партиясы, таралымы 3000 дана.",
    "Публикуется на платной основе.",
    "Предвыборная агитация. Заказчик — Омаров А. К.",
    "Отпечатано в ТОО «Принт», тираж 10 000, заказчик Омаров А.",
    "Political advertisement. Sponsored by Auyl party.",
]
TALK = [
    "Агитационный материал должен содержать сведения о заказчике и тираже.",
    "На листовке не указан заказчик, наблюдатели пожаловались.",
    "Кто оплатил эту рекламу? Неизвестно.",
    "Материалы без пометки «на правах рекламы» запрещены.",
    "ЦИК сообщил, что кандидат оплатил баннеры из избирательного фонда.",
    "Үгіт материалында тапсырыс беруші көрсетілуі тиіс.",
    "Что такое избирательный фонд и как он пополняется?",
    "Оплачено картой, чек в приложении.",
    "Заказчик ремонта дороги — акимат.",
    "Campaign leaflets must say who paid for them.",
]


@pytest.mark.parametrize("text", FINANCING)
def test_a_source_of_money_is_financing(text: str) -> None:
    assert "financing" in disclosed(text)


@pytest.mark.parametrize("text", MARKING)
def test_a_mark_or_an_orderer_is_marking(text: str) -> None:
    assert "marking" in disclosed(text)


@pytest.mark.parametrize("text", TALK)
def test_talk_about_marking_is_none(text: str) -> None:
    assert not disclosed(text)


def test_the_span_lies_on_the_imprint() -> None:
    text = "Голосуйте за Омарова!\nОплачено из средств избирательного фонда кандидата."
    (span,) = disclosed(text)["financing"].spans
    assert text[span.start : span.end].startswith("Оплачено из средств")


AI = [
    "Создано с помощью ИИ.",
    "Видео сгенерировано нейросетью.",
    "Изображение создано искусственным интеллектом",
    "ЖИ көмегімен жасалған.",
    "Бейне жасанды интеллект арқылы жасалды.",
    "JI kómegimen jasalǵan",
    "AI-generated image",
    "This video was made with AI.",
    "Иллюстрация: нейросеть Midjourney",
    "Внимание: сгенерированное изображение, голос синтезирован ИИ.",
]
ABOUT_AI = [
    "Закон обязывает маркировать контент, созданный с помощью ИИ.",
    "Как отличить видео, сгенерированное нейросетью? Советы экспертов.",
    "Искусственный интеллект заменит учителей, считают эксперты.",
    "Это видео создано ИИ?",
    "Похоже, это сгенерировано нейросетью.",
    "Мошенники распространили дипфейк, созданный нейросетью, сообщила полиция.",
    "Видео снято без использования ИИ.",
    "ЖИ көмегімен жасалған контент таңбалануы тиіс.",
    "Experts warn that AI-generated videos will flood the campaign.",
    "Бір ай бұрын жасалған ота сәтті өтті.",
]


@pytest.mark.parametrize("text", AI)
def test_a_visible_notice_is_found(text: str) -> None:
    (found,) = notices(text)
    assert (found.label, found.value) == ("ai_disclosure", "notice")
    assert found.spans


@pytest.mark.parametrize("text", ABOUT_AI)
def test_talk_about_generated_content_is_no_notice(text: str) -> None:
    assert not notices(text)


@pytest.mark.parametrize("text", ["", "🙂", "\x00" * 50, "реклама " * 150_000, "ИИ " * 300_000])
def test_odd_text_gets_an_answer(text: str) -> None:
    assert len(disclosed(text)) <= 2
    assert len(notices(text)) <= 1
