"""Lines that wait are answered together, and none waits for the next."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from core.errors import InvalidRecord
from monitor.lines import TOGETHER, Numbered, Record, convert_together, gathered


def test_every_line_comes_once_in_its_order() -> None:
    lines = [f"{n}\n" for n in range(1_000)]
    found = [one for some in gathered(lines) for one in some]
    assert found == list(enumerate(lines, start=1))


def test_no_more_than_so_many_together() -> None:
    assert max(len(some) for some in gathered(["x\n"] * 500)) <= TOGETHER


def test_a_line_is_answered_before_the_next_is_there() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream, os.fdopen(writing, "w") as pipe:
        lines = gathered(stream)
        for text in ("first\n", "second\n"):
            pipe.write(text)
            pipe.flush()
            assert [line for _, line in next(lines)] == [text]
        pipe.close()
        assert next(lines, None) is None


def test_an_error_of_the_stream_comes_behind_the_lines_before_it() -> None:
    def broken() -> Iterator[str]:
        yield "one\n"
        raise OSError("cut")

    lines = gathered(broken())
    seen: list[str] = []
    with pytest.raises(OSError, match="cut"):
        for some in lines:
            seen += [line for _, line in some]
    assert seen == ["one\n"]


def test_bad_lines_are_told_and_the_rest_is_answered() -> None:
    def answers(lines: Sequence[Numbered]) -> list[Record | InvalidRecord]:
        made: list[Record | InvalidRecord] = []
        for number, record in lines:
            wrong = InvalidRecord(f"line {number}: n", "a small number")
            made.append(wrong if record["n"] > 5 else {"double": record["n"] * 2})
        return made

    out, errors = io.StringIO(), io.StringIO()
    given: list[Any] = ['{"n": 1}\n', "{\n", '{"n": 9}\n', '{"n": 2}\n']
    assert convert_together(given, out, answers, errors=errors) == 1
    assert out.getvalue() == '{"double": 2}\n{"double": 4}\n'
    assert "line 2: column" in errors.getvalue()
    assert "line 3: n: a small number" in errors.getvalue()
