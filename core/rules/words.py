"""The sentences of a reason, in Kazakh, Russian and English: what, when, which law, what is open.

Every reason ends with what a machine may say: an apparent breach. Only a prosecutor or a court
finds a breach.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.election import LawFact, Names, Window
from core.model import ClockReading
from core.when import CivilDate, Instant, When

Tongue: TypeAlias = Literal["kk", "ru", "en"]
TONGUES: tuple[Tongue, ...] = ("kk", "ru", "en")

BASIS_WORDS: dict[str, Names] = {
    "statute": Names("заң мәтіні", "текст закона", "text of the law"),
    "commission": Names("сайлау комиссиясының хабарламасы", "сообщение избирательной комиссии",
                        "notice of the election commission"),
    "official_speech": Names("лауазымды тұлғаның сөзі", "слова должностного лица",
                             "words of an official"),
    "press": Names("баспасөз", "пресса", "press"),
    "book": Names("монография", "монография", "monograph"),
    "inference": Names("заңнан жасалған қорытынды", "вывод из закона", "inference from the law"),
}  # fmt: skip

UNCERTAIN_PLACE = Names(
    "Қай өңірге арналғаны белгісіз, сондықтан бұл бұзушылық деп есептелмейді.",
    "Какому региону адресовано, неизвестно, поэтому нарушением это не считается.",
    "Which region it addresses is unknown, so it is not called a breach.",
)
UNMARKED_EDIT = Names(
    "Өзгерісті жариялаушы белгілемеген; беттегі басқа блок та өзгеруі мүмкін.",
    "Издатель не отметил правку; измениться мог и посторонний блок страницы.",
    "The publisher did not mark the edit; another block of the page may have changed.",
)
WEAK_LAW = Names(
    "Бұл ереже бізге тек баспасөзден белгілі, сондықтан қорытынды түпкілікті емес.",
    "Эта норма известна нам только из прессы, поэтому вывод не окончательный.",
    "We know this provision from the press alone, so the finding stays open.",
)
ABSTAINED = Names(
    "Жіктеуіш мәтіннің үгіт екеніне сенімді емес; адам қарауы керек.",
    "Классификатор не уверен, что это агитация; нужен взгляд человека.",
    "The classifier is not sure that this is campaigning; a person must look.",
)
UNSURE = Names(
    "Жіктеуіш бұл белгінің бар екеніне сенімді емес (бағасы 0,5-тен төмен); адам қарауы керек.",
    "Классификатор не уверен в этом признаке (его оценка ниже 0,5); нужен взгляд человека.",
    "The classifier is not sure of this sign (its score is under 0.5); a person must look.",
)
APPARENT = Names(
    "Бұл – сырттай байқалған бұзушылық белгісі; бұзушылықты прокурор немесе сот қана анықтайды.",
    "Это внешний признак нарушения; само нарушение устанавливает только прокурор или суд.",
    "This is an apparent breach; only a prosecutor or a court finds a breach.",
)
NO_ARTICLE = Names(
    "Профильде бұл үшін бап көрсетілмеген.",
    "В профиле выборов статья об этом не указана.",
    "The profile cites no article for this.",
)
OPEN = Names(
    "Анық шешім шығару үшін мәлімет жеткіліксіз.",
    "Для определённого вывода данных недостаточно.",
    "What is known does not settle it.",
)
ANY_TIME = Names(
    "Бұл ереже кез келген уақытта қолданылады.",
    "Это правило действует в любое время.",
    "This rule holds at any time.",
)
OPEN_TIME = Names(
    "Әрекеттің сайлау науқаны кезінде жасалғаны анық емес.",
    "Неясно, совершено ли действие во время избирательной кампании.",
    "Whether the act falls into the campaign is not certain.",
)


def say(line: Callable[[Tongue], str]) -> Names:
    """One text in the three languages."""
    return Names(**{tongue: line(tongue) for tongue in TONGUES})


def join(*parts: Names | None) -> Names:
    """Sentences one after another, in each language; None is left out."""
    kept = [part for part in parts if part is not None]
    return say(lambda tongue: " ".join(text for part in kept if (text := getattr(part, tongue))))


def law_words(fact: LawFact | None) -> Names:
    """What the law says, its article, and how we know."""
    if fact is None:
        return NO_ARTICLE

    def line(tongue: Tongue) -> str:
        known = ", ".join(getattr(BASIS_WORDS[basis], tongue) for basis in fact.basis)
        says = fact.says.in_language(tongue).rstrip(".")
        head = {"kk": "Ереже", "ru": "Норма", "en": "Law"}[tongue]
        source = {"kk": "дереккөз", "ru": "источник", "en": "source"}[tongue]
        return f"{head}: {says} – {fact.article} ({source}: {known})."

    return say(line)


def act_time(at: When | None, zone: ZoneInfo) -> Names:
    """The time of an act as far as it is known, on the clocks of `zone`."""
    if at is None:
        return Names("уақыты белгісіз", "время неизвестно", "time unknown")
    if isinstance(at, CivilDate):
        day = at.day.isoformat()
        return Names(
            f"{day}, сағаты белгісіз",
            f"{day}, время суток неизвестно",
            f"{day}, time of day unknown",
        )
    if isinstance(at, Instant):
        shown = local(at.at, zone)
        return Names(shown, shown, shown)
    first, last = local(at.earliest, zone), local(at.latest, zone)
    return Names(
        f"{first} мен {last} аралығында", f"между {first} и {last}", f"between {first} and {last}"
    )


def local(at: datetime, zone: ZoneInfo) -> str:
    """`2023-03-18 00:00:00 (Asia/Almaty, UTC+06:00)`, to the second."""
    there = at.astimezone(zone)
    offset = there.strftime("%z")
    clock = there.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return f"{clock} ({zone.key}, UTC{offset[:3]}:{offset[3:5]})"


def window_words(name: Names, window: Window, reading: ClockReading) -> Names:
    """Where the act lies against the window, and on how many clocks."""
    zone = ZoneInfo(_telling_zone(reading))
    when = act_time(reading.at, zone)
    start = f"{window.start.day.isoformat()} {window.start.clock.isoformat('minutes')}"
    end = f"{window.end.day.isoformat()} {window.end.clock.isoformat('minutes')}"
    count = len(reading.zones)

    def line(tongue: Tongue) -> str:
        title, at = getattr(name, tongue), getattr(when, tongue)
        place = getattr(_PLACE[_whole(reading)], tongue)
        clocks = getattr(_CLOCKS, tongue).format(count=count) if count > 1 else ""
        bounds = {
            "kk": f"жергілікті уақытпен {start} – {end}, соңы кірмейді",
            "ru": f"{start} – {end} по местному времени, конец не входит",
            "en": f"{start} to {end} local time, end excluded",
        }[tongue]
        head = {"kk": "Әрекет уақыты", "ru": "Время действия", "en": "Time of the act"}[tongue]
        return f"{head}: {at}; {title} ({bounds}): {place}{clocks}."

    return say(line)


_PLACE: dict[str, Names] = {
    "all": Names("толық ішінде", "целиком внутри", "wholly inside"),
    "some": Names("ішінде де, сыртында да болуы мүмкін", "может быть и внутри, и вне",
                  "may be inside or outside"),
    "none": Names("сыртында", "вне", "outside"),
}  # fmt: skip
_CLOCKS = Names(", {count} уақыт белдеуі тексерілді", ", проверено поясов: {count}",
                ", {count} time zones checked")  # fmt: skip


def _telling_zone(reading: ClockReading) -> str:
    """The zone that shows most: one wholly inside, else partly, else the first."""
    rank = {"all": 0, "some": 1, "none": 2}
    return min(reading.zones, key=lambda zone: (rank[reading.zones[zone][2]], zone))


def _whole(reading: ClockReading) -> str:
    found = {inside for _, _, inside in reading.zones.values()}
    return found.pop() if len(found) == 1 else "some"
