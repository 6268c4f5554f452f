"""Small elections built by hand, for tests of names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, cast

from core.election import AccountRef, Candidate, Election, Names, Party

REGISTER = Path(__file__).parent / "names_register.tsv"


def candidate(
    id_: str,
    kk: str,
    ru: str,
    gender: str = "m",
    *,
    en: str = "",
    accounts: Sequence[tuple[str, str]] = (),
) -> Candidate:
    return Candidate(
        id=id_,
        contest="test",
        constituency="",
        region="KZ-75",
        district="",
        nomination="self",
        party="",
        gender=cast('Literal["f", "m", ""]', gender),
        history=(),
        names=Names(kk, ru, en),
        accounts=tuple(AccountRef(platform, handle) for platform, handle in accounts),
        source="test",
        as_of=date(2023, 3, 1),
    )


PARTIES = (
    Party("amanat", Names("«AMANAT» партиясы", "Партия «AMANAT»", "AMANAT"), ("Аманат", "AMANAT")),
    Party("auyl", Names("«Ауыл» партиясы", "Партия «Ауыл»", "Auyl"), ("Ауыл",)),
    Party("respublica", Names("Respublica", "Respublica", "Respublica"), ("Республика",)),
    Party(
        "npk",
        Names("Қазақстан халық партиясы", "Народная партия Казахстана", "People's Party"),
        ("НПК", "ҚХП"),
    ),
    Party(
        "aqjol",
        Names("«Ақ жол» демократиялық партиясы", "Демократическая партия «Ак жол»", "Aq Jol"),
        ("Ақ жол", "Ак жол"),
    ),
    Party("baitaq", Names("«Байтақ» партиясы", "Партия зелёных «Байтақ»", "Baitaq"), ("Байтақ",)),
    Party(
        "osdp",
        Names(
            "Жалпыұлттық социал-демократиялық партия",
            "Общенациональная социал-демократическая партия",
        ),
        ("ОСДП", "ЖСДП"),
    ),
)


def election(candidates: Iterable[Candidate], parties: Iterable[Party] = PARTIES) -> Election:
    return Election(
        id="test",
        country="KZ",
        names=Names(),
        voting_day=date(2023, 3, 19),
        default_zone="Asia/Almaty",
        languages=("kk", "ru"),
        regions={},
        contests={},
        parties={party.id: party for party in parties},
        candidates={c.id: c for c in candidates},
        facts={},
        barred_roles={},
        acts={},
        audience_threshold=0,
        retention_days=0,
        hash="",
    )


def register() -> list[Candidate]:
    """The invented register that the tables of cases speak of."""
    lines = REGISTER.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [candidate(row[0], row[2], row[3], row[1]) for row in rows]
