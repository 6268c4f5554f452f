"""Column types that mean the same in every database: instants, When, canonical JSON, plain text.

SQLite has no instants: there they are whole microseconds, which is also how they are hashed. Text
orders by code point everywhere: BINARY is SQLite's default, PostgreSQL has to be told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from core.identity import Json, canonical_json, portable_text
from core.when import When, format_when, from_micros, micros, parse_when

# SQLite numbers rows by themselves only where the primary key says INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")


class CodeText(TypeDecorator[str]):
    """Text without what a database cannot hold (NUL, lone surrogates), in order of code points."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL would order by the rules of some language."""
        if dialect.name == "postgresql":
            return postgresql.TEXT(collation="C")
        return Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is left of it: parsers clean what they read, messages of errors do not."""
        return None if value is None else portable_text(value)[0]


class UtcInstant(TypeDecorator[datetime]):
    """An aware datetime; comes back in UTC, to the microsecond."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """timestamptz where the database knows it, microseconds elsewhere."""
        return DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What the driver is given."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the driver gave."""
        if value is None:
            return None
        return from_micros(value) if isinstance(value, int) else value.astimezone(UTC)


class WhenText(TypeDecorator[When]):
    """A When as it is written: with its offset, or as a bare date."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: When | None, dialect: Dialect) -> str | None:
        """ISO 8601."""
        return None if value is None else format_when(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> When | None:
        """And back."""
        return None if value is None else parse_when(value)


def as_kept(column: Column[Any]) -> ColumnElement[str]:
    """A column of JSON as the text that it is kept as; with its own name."""
    return type_coerce(column, Text()).label(column.name)


class JsonText(TypeDecorator[Json]):
    """JSON as canonical text, so that a value has one form and one hash in every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str:
        """Sorted keys, no blanks."""
        return portable_text(canonical_json(value))[0]

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """And back."""
        return None if value is None else json.loads(value)


class TextsText(TypeDecorator[Sequence[str]]):
    """Several texts or numbers as one parameter: a JSON array, or PostgreSQL's text of an array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        """Without what a database cannot hold."""
        turn = text_array if dialect.name == "postgresql" else canonical_json
        return portable_text(turn(list(value or ())))[0]


def text_array(values: Sequence[str | int | None]) -> str:
    """Texts, or numbers, as the text of an array (PostgreSQL 8.15.6)."""
    try:
        joined = '","'.join(values)  # type: ignore[arg-type]  # anything else is an error
    except TypeError:
        return f"{{{','.join(map(element, values))}}}"
    if "\\" in joined or joined.count('"') > 2 * len(values) - 2:
        return f"{{{','.join(map(element, values))}}}"
    return f'{{"{joined}"}}' if values else "{}"


def element(value: Any) -> str:
    """One value in the text of an array."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return f'"{value}"' if isinstance(value, datetime) else str(value)
