"""The kinds of value a profile is written in, and how pydantic's complaints become ours."""

from __future__ import annotations

import re
import typing
import zoneinfo
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from config.problems import KeyPath, Problems, choice_hint, spell_path
from config.yaml_file import YamlFile
from core.when import WallTime

_WALL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$")


class Strict(BaseModel):
    """A part of a file: every key known, every value of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def wall_time(value: object) -> WallTime:
    """`2023-02-18T18:00`; an offset is refused: each zone reads these words by its own clock."""
    example = "a local time such as 2023-02-18T18:00"
    if not isinstance(value, str):
        raise ValueError(f"{example}, got {value!r}")
    if not _WALL_TIME.fullmatch(value):
        if "T" in value and _OFFSET.search(value):
            raise ValueError(f"{example}, without an offset, got {value!r}")
        raise ValueError(f"{example}, got {value!r}")
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{example}, got {value!r} ({error})") from error
    return WallTime(at.date(), at.time())


def civil_date(value: object) -> date:
    """`2023-03-19`."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"a day such as 2023-03-19, got {value!r} ({error})") from error
    raise ValueError(f"a day such as 2023-03-19, got {value!r}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone_name(value: object) -> str:
    """A name the IANA database (PyPI's tzdata) has."""
    known = _zones()
    if isinstance(value, str) and value in known:
        return value
    places = sorted(name for name in known if "/" in name)
    hint = choice_hint(str(value), places).split(" one of ", maxsplit=1)
    near = f" {hint[0]}" if hint[0].startswith("did you mean") else ""
    raise ValueError(f"an IANA zone such as Asia/Almaty, got {value!r}.{near}")


def web_address(value: object) -> str:
    """An absolute http or https URL."""
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme in ("http", "https") and parts.hostname:
            return value
    raise ValueError(f"an http or https address, got {value!r}")


def region_code(value: object) -> str:
    """ISO 3166-2 (or the country alone)."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", value):
        return value
    raise ValueError(f"an ISO 3166-2 code such as KZ-15, got {value!r}")


def identifier(value: object) -> str:
    """A name that may stand in a URL and in a file name."""
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", value):
        return value
    raise ValueError(f"lower-case latin letters, digits, - _ and dots, got {value!r}")


WallTimeText: TypeAlias = Annotated[WallTime, PlainValidator(wall_time)]
DayText: TypeAlias = Annotated[date, PlainValidator(civil_date)]
ZoneText: TypeAlias = Annotated[str, PlainValidator(zone_name)]
UrlText: TypeAlias = Annotated[str, PlainValidator(web_address)]
RegionText: TypeAlias = Annotated[str, PlainValidator(region_code)]
IdText: TypeAlias = Annotated[str, PlainValidator(identifier)]
Words: TypeAlias = Annotated[str, Field(min_length=1)]


# --- complaints ----------------------------------------------------------------------------------


def note_errors(
    error: ValidationError, model: type[BaseModel], file: YamlFile, problems: Problems
) -> None:
    """Each of pydantic's errors as one of ours: key path, line, and what would be right."""
    for detail in error.errors(include_url=False):
        path = _in_file(detail["loc"], file)
        problems.add(spell_path(path), _expected(detail, model, path), file.line(path))


def _in_file(loc: tuple[int | str, ...], file: YamlFile) -> KeyPath:
    """`loc` as keys of the file: pydantic puts `[key]` behind a key that is itself wrong."""
    return tuple(loc[:-1]) if loc and loc[-1] == "[key]" else tuple(loc)


def _expected(detail: ErrorDetails, model: type[BaseModel], path: KeyPath) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key; {choice_hint(str(path[-1]), _keys_at(model, path[:-1]))}"
    if kind == "missing":
        about = _description_at(model, path)
        return f"missing; {about}" if about else "missing; it must be written"
    if kind == "literal_error":
        return f"{detail['ctx']['expected']}, got {given!r}"
    said = detail["msg"]
    return f"{said[0].lower()}{said[1:]}, got {_short(given)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    found = _type_at(model, path)
    return sorted(found.model_fields) if found else []


def _description_at(model: type[BaseModel], path: KeyPath) -> str:
    found = _type_at(model, path[:-1])
    field = found.model_fields.get(str(path[-1])) if found and path else None
    return (field.description or "") if field else ""


def _type_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model that describes what stands at `path`; None where it is not a mapping of keys."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:  # inside dict[str, X] or list[X]
            here = (typing.get_args(here) or (None,))[-1]
        while typing.get_origin(here) in (typing.Union, UnionType, Annotated):
            here = typing.get_args(here)[0]
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None
