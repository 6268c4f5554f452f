"""The register of candidates: the example loads, and each mistake names file, line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.loader import load_election
from core.election import AccountRef, StatusChange
from core.errors import InvalidProfile

FIXTURES = Path(__file__).parent / "fixtures"
REGISTER = (FIXTURES / "three-days.csv").read_text(encoding="utf-8")


def load(text: str, tmp_path: Path) -> dict[str, object]:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    return dict(load_election(FIXTURES / "three-days.yml", register=file).candidates)


def test_a_line_becomes_a_candidate() -> None:
    election = load_election(FIXTURES / "three-days.yml", register=str(FIXTURES / "three-days.csv"))
    ann = election.candidates["ann"]
    assert ann.names.ru == "Анна Синева"
    assert ann.constituency == "north"
    assert ann.accounts == (AccountRef("telegram", "ann_blue"), AccountRef("web", "ann.example"))
    assert ann.history == (
        StatusChange("nominated", date(2024, 9, 5)),
        StatusChange("registered", date(2024, 9, 20)),
    )
    assert election.candidates["bob"].private_accounts
    assert not ann.private_accounts


def test_example_register_of_kazakhstan_is_invented_people_of_many_regions() -> None:
    election = load_election("kz-maslikhat-2023")
    people = election.candidates.values()
    assert len(people) >= 60
    assert {"KZ-15", "KZ-75", "KZ-71", "KZ-47", "KZ-79"} <= {one.region for one in people}
    assert {one.contest for one in people} == set(election.contests)
    assert {one.nomination for one in people} == {"list", "party", "association", "self"}
    last = {one.history[-1].status for one in people}
    assert {"registered", "withdrawn", "cancelled"} <= last
    surnames = [one.names.ru.split()[0] for one in people]
    assert surnames.count("Ким") == 2
    assert {"Мороз", "Орёл", "Сокол", "Бай", "Жума", "Петрова-Сидорова"} <= set(surnames)
    assert all("invented" in one.source for one in people)


def test_register_can_be_replaced_and_left_out(tmp_path: Path) -> None:
    assert load_election("kz-maslikhat-2023", register="none").candidates == {}
    with pytest.raises(InvalidProfile, match=r"people\.csv: a file that can be read"):
        load_election("kz-maslikhat-2023", register=tmp_path / "people.csv")


def test_spreadsheets_write_bom_semicolons_and_crlf(tmp_path: Path) -> None:
    head, *lines = REGISTER.splitlines()
    text = "\r\n".join([head, *(line.replace(",", ";") for line in lines)])
    assert set(load("\ufeff" + text + "\r\n\r\n", tmp_path)) == {"ann", "bob"}


def test_odd_line_separators_inside_a_name_do_not_move_the_line_numbers(tmp_path: Path) -> None:
    text = REGISTER.replace("Ann Blue", "Ann\u2028Blue\x85").replace("self,", "myself,")
    with pytest.raises(InvalidProfile, match=r"people\.csv:4: nomination"):
        load(text, tmp_path)


def test_constituency_left_empty_is_the_whole_region() -> None:
    election = load_election("kz-maslikhat-2023")
    assert all(one.constituency == one.region for one in election.candidates.values())


MISTAKES = {
    "unknown contest": ("bob,assembly", "bob,senate", "contest", "a contest of the profile"),
    "unknown constituency": ("assembly,south", "assembly,east", "constituency", "one of north"),
    "whole region where there is none": ("assembly,south", "assembly,", "constituency", "'XX-I'"),
    "unknown region": ("XX-I,", "XX-J,", "region", "one of XX-S, XX-I"),
    "region of another constituency": ("south,XX-I", "south,XX-S", "region", "where south lies"),
    "unknown party": ("list,blue", "list,red", "party", "a party of the profile"),
    "list of no party": ("list,blue", "list,", "party", "the party that nominated"),
    "self with a party": ("self,", "self,blue", "party", "empty: no party nominated"),
    "unknown nomination": ("self,", "myself,", "nomination", "did you mean self?"),
    "unknown gender": (",m,registered", ",x,registered", "gender", "f, m or empty"),
    "unknown status": ("withdrawn 2024", "left 2024", "status", "one of nominated"),
    "status without a day": ("withdrawn 2024-10-20", "withdrawn", "status", "a day such as"),
    "status dates out of order": ("withdrawn 2024-10-20", "withdrawn 2024-09-01", "status",
                                  "2024-09-01 follows 2024-09-21"),
    "status twice": ("withdrawn 2024-10-20", "registered 2024-10-20", "status", "follows itself"),
    "no status": ("registered 2024-09-21|withdrawn 2024-10-20", "", "status", "such as"),
    "as of a day before the last status": ("2024-10-21\n", "2024-10-19\n", "as_of", "not before"),
    "as of no day": ("2024-10-21\n", "yesterday\n", "as_of", "a day such as"),
    "account of no platform": (",,yes", ",@bob,yes", "accounts", "telegram:handle"),
    "account of an unknown platform": (",,yes", ",icq:1,yes", "accounts", "telegram:handle"),
    "private neither yes nor no": (",,yes", ",,maybe", "private_accounts", "yes, no or empty"),
    "no source": ("yes,invented", "yes,", "source", "where this line comes from"),
    "no name": ("Боб Иванов", "", "name_kk", "a full name"),
    "same id again": ("bob,", "ann,", "id", "ann is there already"),
    "id with blanks": ("bob,", "bob i,", "id", "lower-case latin"),
    "value missing": ("bob,assembly,", "bob,", "(whole line)", "16 values, got 15"),
    "quote left open": ("Боб Иванов", '"Боб', "(whole line)", "well-formed CSV"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named(name: str, tmp_path: Path) -> None:
    right, wrong, column, expected = MISTAKES[name]
    assert right in REGISTER
    line = REGISTER[: REGISTER.index(right)].count("\n") + 1
    with pytest.raises(InvalidProfile) as caught:
        load(REGISTER.replace(right, wrong, 1), tmp_path)
    assert f"people.csv:{line}: {column}: " in str(caught.value)
    assert expected in str(caught.value)


def test_unknown_and_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile) as caught:
        load(REGISTER.replace("gender", "sex", 1), tmp_path)
    assert "people.csv:2: sex: unknown column" in str(caught.value)
    assert "people.csv:2: gender: missing column" in str(caught.value)


def test_every_wrong_line_is_told(tmp_path: Path) -> None:
    text = REGISTER.replace("list,blue", "list,red").replace("withdrawn 2024", "left 2024")
    with pytest.raises(InvalidProfile) as caught:
        load(text, tmp_path)
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in str(caught.value).splitlines()] == [
        "3", "4",
    ]  # fmt: skip


def test_empty_file_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="head line"):
        load("# nobody yet\n", tmp_path)
