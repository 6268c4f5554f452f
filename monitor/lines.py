"""JSON Lines in and out: one record a line, a bad line named and passed over, the rest goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from core.errors import BaqylauError, InvalidRecord

Record = Mapping[str, Any]


def read_lines(
    stream: Iterable[str], problems: list[InvalidRecord]
) -> Iterator[tuple[int, Record]]:
    """(line number, object) of every line that holds one; the others become problems."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(
                InvalidRecord(
                    f"line {number}: column {error.colno}", f"one JSON object ({error.msg})"
                )
            )
            continue
        if not isinstance(record, dict):
            problems.append(InvalidRecord(f"line {number}", 'one JSON object, such as {"id": 1}'))
            continue
        yield number, record


def write_line(record: Record, stream: TextIO) -> None:
    """One record as one line, at once: whoever reads the pipe sees it now."""
    stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
    stream.flush()


def convert(
    stream: Iterable[str], out: TextIO, answer: Callable[[int, Record], Record], *, errors: TextIO
) -> int:
    """Answer every line; bad ones go to `errors`. The exit status: 0, or 1 where any was bad."""
    problems: list[InvalidRecord] = []
    told = 0
    for number, record in read_lines(stream, problems):
        try:
            write_line(answer(number, record), out)
        except InvalidRecord as error:
            problems.append(error)
        except BaqylauError as error:
            problems.append(InvalidRecord(f"line {number}", str(error)))
        told = _tell(problems, told, errors)
    _tell(problems, told, errors)
    return 1 if problems else 0


def _tell(problems: list[InvalidRecord], told: int, errors: TextIO) -> int:
    for problem in problems[told:]:
        print(f"error: {problem}", file=errors)
    return len(problems)


def utf8_stdin() -> TextIO:
    """Standard input as UTF-8 whatever the locale says; a wrong byte is an error of its line."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    return sys.stdin


def field(
    number: int, record: Record, name: str, expected: str, kind: type | tuple[type, ...]
) -> Any:
    """`record[name]` of that type, or None where it is absent or null. Raises InvalidRecord."""
    value = record.get(name)
    if value is None or (
        isinstance(value, kind) and not (isinstance(value, bool) and bool not in _types(kind))
    ):
        return value
    raise InvalidRecord(f"line {number}: {name}", expected)


def _types(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)
