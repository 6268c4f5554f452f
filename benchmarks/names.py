"""The linker's dictionary over plain tokens against spaCy's PhraseMatcher over the same forms.

5,000 invented candidates; every form that `surface_forms` makes goes to the PhraseMatcher. Both
read the same generated posts from raw text: the linker normalises and tokenises, the matcher's
tokenizer is that of a blank multilingual pipeline. Recall is measured on the table of inflected
names of the tests, the half that was not looked at while the rules were written. Times are of the
processor, since both run in one thread and the machine may be shared.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

import spacy
from rich.console import Console
from spacy.matcher import PhraseMatcher

from benchmarks.report import Figure, load
from core.election import Candidate, Election, Names
from core.ports import Document
from nlp.names import NameLinker
from nlp.names.forms import surface_forms
from nlp.normalise import normalise

T = TypeVar("T")
CANDIDATES, POSTS, SEED = 5_000, 20_000, 20230319
NAMING = 10  # one post in so many names somebody
TABLES = Path(__file__).parent.parent / "tests" / "nlp"

_STARTS = (
    "Аб Аз Ай Ак Ал Ам Ар Ас Ба Бай Бек Бол Дос Ер Ес Жан Жак Жум Ис Кал Кас Кен Кос Куан Кул Мам "
    "Мук Мур Наз Нур Ора Оспа Рах Сад Сап Сар Сей Сул Таш Тем Тул Тур Умир Хам Шай Шар"
)
_MIDDLES = "бай бек гали дар дин жан ман мурат нур рахм сал сын тай тал тас хан ши ыл болат кен"
_FIRSTS_M = (
    "Асхат Данияр Ерлан Нұрлан Бекзат Қайрат Тимур Марат Серік Ғани Әлихан Болат Арман Дәурен "
    "Олжас Самат Шыңғыс Жандос Руслан Виктор"
)
_FIRSTS_F = (
    "Әлия Гүлнар Айгүл Динара Мөлдір Сәуле Ольга Марина Анна Жанна Айжан Назгүл Мадина Ләззат"
)
_FILLERS = (
    "Ертең ауданымызда тұрғындармен кездесу өтеді, барлығыңызды шақырамыз",
    "Жол мен су мәселесі жылдан жылға шешілмей келеді, енді күтуге болмайды",
    "Сегодня рассказали о ремонте дорог и о том, когда в посёлке появится вода",
    "На участке очередь, люди приходят семьями, наблюдатели следят за подсчётом",
    "Мектеп пен емхана салынды, бірақ дәрігер жетіспейді",
    "Погода в выходные обещает быть ясной, без осадков",
)
_FRAMES = ("{} дауыс береміз.", "Поддержите на выборах: {}.", "{}: встреча с избирателями.")


def run(candidates: int = CANDIDATES, posts: int = POSTS) -> list[Figure]:
    """Speed and build of both over the same forms and posts, recall of both on the table."""
    console = Console()
    people = list(_invented(candidates))
    forms = sorted({form for person in people for form in surface_forms(person)})
    texts = list(_posts(forms, posts))
    linker, linker_build = _timed(lambda: NameLinker(_election(people)))
    (match, matcher_build) = _timed(lambda: _matcher(forms))
    linked, linker_s = _timed(lambda: sum(bool(_named(linker, text)) for text in texts))
    matched, matcher_s = _timed(lambda: sum(match(text) for text in texts))
    console.print(
        f"{len(forms)} forms of {candidates} candidates; {posts} posts: the linker finds names in "
        f"{linked}, the PhraseMatcher in {matched}; load {load()}"
    )
    recalls, cases = _recalls()
    return [
        Figure("names", f"posts read, one in {NAMING} names somebody", posts / linker_s, "posts/s",
               "PhraseMatcher", posts / matcher_s, ">= 5x"),
        Figure("names", f"dictionary built for {candidates} candidates", linker_build, "s",
               "PhraseMatcher", matcher_build),
        Figure("names", f"recall on {cases} held-out inflected names", recalls[0], "of 1",
               "PhraseMatcher", recalls[1], ">= 0.95"),
    ]  # fmt: skip


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _invented(count: int) -> Iterator[Candidate]:
    """Candidates with names of the country's shapes; some share a surname, as people do."""
    rnd = random.Random(SEED)
    for number in range(count):
        gender: Literal["f", "m"] = rnd.choice(("f", "m"))
        surname = (
            rnd.choice(_STARTS.split())
            + rnd.choice(_MIDDLES.split())
            + rnd.choice(("ов", "ев", "ин"))
        )
        first = rnd.choice((_FIRSTS_F if gender == "f" else _FIRSTS_M).split())
        father = rnd.choice(_FIRSTS_M.split())
        kk = f"{father}қызы" if gender == "f" else f"{father}ұлы"
        ru = f"{father}овна" if gender == "f" else f"{father}ович"
        surname += "а" if gender == "f" else ""
        names = Names(f"{surname} {first} {kk}", f"{surname} {first} {ru}")
        yield _candidate(f"c{number}", gender, names)


def _candidate(id_: str, gender: Literal["f", "m"], names: Names) -> Candidate:
    return Candidate(
        id_, "bench", "", "KZ", "", "self", "", gender, (), names, (), "bench", date(2023, 3, 1)
    )


def _election(people: Sequence[Candidate]) -> Election:
    return Election(
        "bench", "KZ", Names(), date(2023, 3, 19), "Asia/Almaty", ("kk", "ru"), {}, {}, {},
        {person.id: person for person in people}, {}, {}, {}, 0, 0, "",
    )  # fmt: skip


def _posts(forms: Sequence[str], count: int) -> Iterator[str]:
    """Posts of three sentences; one in NAMING of them names somebody."""
    rnd = random.Random(SEED)
    for number in range(count):
        sentences = rnd.sample(_FILLERS, 3)
        if number % NAMING == 0:
            sentences[1] = rnd.choice(_FRAMES).format(rnd.choice(forms))
        yield f"{'. '.join(sentences)}. №{number}"


def _named(linker: NameLinker, text: str) -> set[str]:
    normal, origin = normalise(text)
    document = Document(text, normal, origin, ())
    return {a.value for a in linker.detect(document) if a.label == "candidate"}


def _matcher(forms: Sequence[str]) -> Callable[[str], bool]:
    pipeline = spacy.blank("xx")
    matcher = PhraseMatcher(pipeline.vocab)
    matcher.add("NAME", [pipeline.make_doc(form) for form in forms])
    return lambda text: bool(matcher(pipeline.make_doc(text)))


def _recalls() -> tuple[tuple[float, float], int]:
    """The share of the people named in the held-out half of the table whom linker and matcher find.

    The matcher is given one name a person and asked only whether it matches at all.
    """
    rows = _rows("names_register.tsv")
    people = [
        _candidate(row[0], "f" if row[1] == "f" else "m", Names(row[2], row[3])) for row in rows
    ]
    linker = NameLinker(_election(people))
    match = _matcher([form for person in people for form in surface_forms(person)])
    cases = [
        (set(row[1].split(",")), row[2]) for row in _rows("names_cases.tsv") if row[0] == "test"
    ]
    cases = [(wanted, text) for wanted, text in cases if wanted != {"-"}]
    total = sum(len(wanted) for wanted, _ in cases)
    found = sum(len(wanted & _named(linker, text)) for wanted, text in cases)
    matched = sum(len(wanted) for wanted, text in cases if match(text))
    return (found / total, matched / total), total


def _rows(name: str) -> list[list[str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as lines:
        kept = (line for line in lines if not line.startswith("#"))
        return list(csv.reader(kept, delimiter="\t", quoting=csv.QUOTE_NONE))


def main() -> None:
    """Print the figures alone, without the table of all benchmarks."""
    console = Console()
    for figure in run():
        console.print("  ".join(cell for cell in figure.cells() if cell))


if __name__ == "__main__":
    main()
