"""The register of candidates: a CSV file, one person a line.

Columns: id, contest, constituency (an id of the contest; empty for the whole region), region,
district (as printed, for people), nomination, party, gender, status, name_kk, name_ru, name_en,
accounts, private_accounts, source, as_of. `status` and `accounts` hold several values separated
by `|`: `nominated 2023-01-25|registered 2023-02-03`, `telegram:handle|web:example.kz`. Lines that
begin with # are for people. A comma, a semicolon or a tab separates, whichever the head line uses.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from config.fields import civil_date
from config.problems import Problems, choice_hint
from config.profile_schema import RawContest, RawElection
from core.election import (
    AccountRef,
    Candidate,
    CandidateStatus,
    Names,
    Nomination,
    StatusChange,
)
from core.errors import InvalidProfile

REQUIRED = (
    "id", "contest", "constituency", "region", "district", "nomination", "party", "gender",
    "status", "name_kk", "name_ru", "accounts", "source", "as_of",
)  # fmt: skip
OPTIONAL = ("name_en", "private_accounts")
COLUMNS = (*REQUIRED, *OPTIONAL)
NOMINATIONS: tuple[str, ...] = get_args(Nomination)
STATUSES: tuple[str, ...] = get_args(CandidateStatus)
PLATFORMS = ("telegram", "web", "vk")
_YES_NO: dict[str, bool] = {"": False, "no": False, "false": False, "yes": True, "true": True}
Gender: TypeAlias = Literal["f", "m", ""]
Places: TypeAlias = Mapping[str, Mapping[str, str]]


def read_register(path: Path, profile: RawElection) -> dict[str, Candidate]:
    """Every candidate by id. Raises InvalidProfile naming each wrong line and column."""
    problems = Problems(path, InvalidProfile)
    places = {
        contest_id: _places(contest, profile) for contest_id, contest in profile.contests.items()
    }
    found: dict[str, Candidate] = {}
    for row in _rows(path, problems):
        candidate = _candidate(row, profile, places)
        if candidate is None:
            continue
        if candidate.id in found:
            row.wrong("id", f"an id of its own: {candidate.id} is there already")
        found[candidate.id] = candidate
    problems.raise_if_any()
    return found


def _places(contest: RawContest, profile: RawElection) -> dict[str, str]:
    """The region of each constituency of a contest."""
    places = {code: code for code in profile.regions} if contest.every_region else {}
    return places | {place.id: place.region for place in contest.constituencies}


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the register, and where to say what is wrong with it."""

    line: int
    cells: Mapping[str, str]
    problems: Problems

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def wrong(self, column: str, expected: str) -> None:
        self.problems.add(column, expected, self.line)


def _rows(path: Path, problems: Problems) -> Iterator[_Row]:
    lines = list(io.StringIO(_text(path), newline=""))
    head = next((n for n, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if head is None:
        problems.add("(head line)", f"the columns {', '.join(REQUIRED)}")
        return
    separator = max(",;\t", key=lines[head].count)
    # A comment is blanked and not dropped, so that line numbers stay those of the file.
    kept = ["\n" if line.startswith("#") else line for line in lines]
    reader = csv.reader(kept, delimiter=separator, strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip() for cell in cells]
                if not _columns_are_right(columns, reader.line_num, problems):
                    return
            elif len(cells) != len(columns):
                problems.add(
                    "(whole line)", f"{len(columns)} values, got {len(cells)}", reader.line_num
                )
            else:
                row = {key: cell.strip() for key, cell in zip(columns, cells, strict=True)}
                yield _Row(reader.line_num, row, problems)
    except csv.Error as error:
        problems.add("(whole line)", f"well-formed CSV ({error})", reader.line_num)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidProfile(str(path), f"text in UTF-8; byte {error.start} is not") from error
    except OSError as error:
        raise InvalidProfile(str(path), f"a file that can be read ({error.strerror})") from error


def _columns_are_right(columns: Sequence[str], line: int, problems: Problems) -> bool:
    for column in columns:
        if column not in COLUMNS:
            problems.add(column, f"unknown column; {choice_hint(column, COLUMNS)}", line)
        elif columns.count(column) > 1:
            problems.add(column, "one column of this name", line)
    for column in REQUIRED:
        if column not in columns:
            problems.add(column, f"missing column; the head line needs {', '.join(REQUIRED)}", line)
    return not problems


def _candidate(row: _Row, profile: RawElection, places: Places) -> Candidate | None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", row["id"]):
        row.wrong("id", f"lower-case latin letters, digits, hyphens and dots, got {row['id']!r}")
    if not row["name_kk"] and not row["name_ru"]:
        row.wrong("name_kk", "a full name here or in name_ru: surname, first name, patronymic")
    if not row["source"]:
        row.wrong("source", "where this line comes from, such as a notice of the commission")
    _check_place(row, profile, places)
    _check_nomination(row, profile)
    private = _YES_NO.get(row["private_accounts"].lower())
    if private is None:
        row.wrong("private_accounts", f"yes, no or empty, got {row['private_accounts']!r}")
    history = _history(row)
    as_of = _day(row, "as_of", row["as_of"])
    if as_of and history and history[-1].day > as_of:
        row.wrong("as_of", f"not before the last status ({history[-1].day}), got {as_of}")
    accounts = _accounts(row)
    if as_of is None:
        return None
    return Candidate(
        id=row["id"],
        contest=row["contest"],
        constituency=row["constituency"] or row["region"],
        region=row["region"],
        district=row["district"],
        nomination=cast("Nomination", row["nomination"]),
        party=row["party"],
        gender=cast("Gender", row["gender"]),
        history=history,
        names=Names(row["name_kk"], row["name_ru"], row["name_en"]),
        accounts=accounts,
        source=row["source"],
        as_of=as_of,
        private_accounts=bool(private),
    )


def _check_place(row: _Row, profile: RawElection, places: Places) -> None:
    nationwide = row["region"] == profile.country and row["contest"] in places
    if nationwide and not row["constituency"]:
        return  # on a list of the whole country: every zone of the contest is addressed
    if row["region"] not in profile.regions:
        hint = choice_hint(row["region"], list(profile.regions))
        row.wrong("region", f"a region of the profile, {hint}; got {row['region']!r}")
    here = places.get(row["contest"])
    if here is None:
        hint = choice_hint(row["contest"], list(places))
        row.wrong("contest", f"a contest of the profile, {hint}; got {row['contest']!r}")
        return
    wanted = row["constituency"] or row["region"]
    if wanted not in here:
        hint = choice_hint(wanted, list(here))
        row.wrong("constituency", f"a constituency of {row['contest']}, {hint}; got {wanted!r}")
    elif row["region"] in profile.regions and here[wanted] != row["region"]:
        row.wrong("region", f"{here[wanted]}, where {wanted} lies; got {row['region']!r}")


def _check_nomination(row: _Row, profile: RawElection) -> None:
    nomination, party = row["nomination"], row["party"]
    if nomination not in NOMINATIONS:
        row.wrong("nomination", f"{choice_hint(nomination, NOMINATIONS)}; got {nomination!r}")
    if row["gender"] not in ("f", "m", ""):
        row.wrong("gender", f"f, m or empty, got {row['gender']!r}")
    if party and party not in profile.parties:
        hint = choice_hint(party, list(profile.parties))
        row.wrong("party", f"a party of the profile, {hint}; got {party!r}")
    elif nomination in ("list", "party") and not party:
        row.wrong("party", f"the party that nominated, since nomination is {nomination}")
    elif nomination in ("self", "association") and party:
        row.wrong("party", f"empty: no party nominated, since nomination is {nomination}")
    elif nomination == "list" and row["contest"] not in profile.parties[party].contests:
        row.wrong("party", f"a party with a list in {row['contest']}; {party} has none there")


def _history(row: _Row) -> tuple[StatusChange, ...]:
    changes: list[StatusChange] = []
    for part in _parts(row["status"]):
        status, _, day_text = part.partition(" ")
        if status not in STATUSES:
            row.wrong("status", f"{choice_hint(status, STATUSES)}, then a day; got {part!r}")
            continue
        day = _day(row, "status", day_text.strip())
        if day:
            changes.append(StatusChange(cast("CandidateStatus", status), day))
    if not row["status"]:
        row.wrong("status", "such as `nominated 2023-01-25|registered 2023-02-03`")
    for earlier, later in pairwise(changes):
        if later.day < earlier.day:
            row.wrong("status", f"days in order; {later.day} follows {earlier.day}")
        if later.status == earlier.status:
            row.wrong("status", f"another status each time; {later.status} follows itself")
    return tuple(changes)


def _day(row: _Row, column: str, text: str) -> date | None:
    try:
        return civil_date(text)
    except ValueError as error:
        row.wrong(column, str(error))
        return None


def _accounts(row: _Row) -> tuple[AccountRef, ...]:
    found: list[AccountRef] = []
    for part in _parts(row["accounts"]):
        platform, colon, handle = part.partition(":")
        if platform not in PLATFORMS or not colon or not re.fullmatch(r"[\w.:/-]+", handle):
            row.wrong("accounts", f"telegram:handle, web:host or vk:handle, got {part!r}")
        else:
            found.append(AccountRef(platform, handle.lower()))
    return tuple(found)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]
