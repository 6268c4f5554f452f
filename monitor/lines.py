"""JSON Lines in and out: one record a line, a bad line named and passed over, the rest goes on."""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from core.errors import BaqylauError, InvalidRecord

Record = Mapping[str, Any]
Numbered = tuple[int, Record]

# As many waiting lines are answered at once.
TOGETHER = 64


def read_lines(
    lines: Iterable[tuple[int, str]], problems: list[InvalidRecord]
) -> Iterator[Numbered]:
    """(line number, object) of every line that holds one; the others become problems."""
    for number, line in lines:
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
    for number, record in read_lines(enumerate(stream, start=1), problems):
        try:
            write_line(answer(number, record), out)
        except InvalidRecord as error:
            problems.append(error)
        except BaqylauError as error:
            problems.append(InvalidRecord(f"line {number}", str(error)))
        told = _tell(problems, told, errors)
    _tell(problems, told, errors)
    return 1 if problems else 0


def convert_together(
    stream: Iterable[str],
    out: TextIO,
    answers: Callable[[Sequence[Numbered]], Sequence[Record | InvalidRecord]],
    *,
    errors: TextIO,
) -> int:
    """As `convert`, but lines that wait already are answered together; none waits for the next."""
    problems: list[InvalidRecord] = []
    told = 0
    for lines in gathered(stream):
        for answer in answers(list(read_lines(lines, problems))):
            if isinstance(answer, InvalidRecord):
                problems.append(answer)
            else:
                write_line(answer, out)
        told = _tell(problems, told, errors)
    return 1 if problems else 0


def gathered(stream: Iterable[str]) -> Iterator[list[tuple[int, str]]]:
    """Numbered lines as they come: all that wait by now, at most TOGETHER.

    An error of the stream is raised here, behind the lines before it.
    """
    waiting: queue.Queue[tuple[int, str] | BaseException | None] = queue.Queue(4 * TOGETHER)
    threading.Thread(target=_read_into, args=(stream, waiting), daemon=True).start()
    while True:
        taken = [waiting.get()]
        while len(taken) < TOGETHER and not waiting.empty():
            taken.append(waiting.get())
        if lines := [one for one in taken if isinstance(one, tuple)]:
            yield lines
        for one in taken:
            if isinstance(one, BaseException):
                raise one
        if None in taken:
            return


def _read_into(
    stream: Iterable[str], waiting: queue.Queue[tuple[int, str] | BaseException | None]
) -> None:
    try:
        for numbered in enumerate(stream, start=1):
            waiting.put(numbered)
    except BaseException as error:
        waiting.put(error)
    waiting.put(None)


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
