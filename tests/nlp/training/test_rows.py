"""Labelled posts: the shipped files hold what they promise, and a wrong line is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.errors import InvalidRecord
from core.model import SIGNALS
from nlp.training.augment import changed, joined, latin, noisy, untyped
from nlp.training.rows import Row, fold_of, read_rows, shipped_files

GOOD: dict[str, Any] = {
    "id": "a-1", "text": "Голосуйте за Сеитова", "lang": "ru", "kind": "campaigning",
    "signals": ["vote_buying"], "stance": {"vote_buying": "commits"},
    "targets": [{"name": "Сеитова", "start": 13, "end": 20, "tone": "+"}],
}  # fmt: skip


def read(tmp_path: Path, *records: object) -> list[Row]:
    path = tmp_path / "rows.jsonl"
    lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_rows([path])


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    (row,) = read(tmp_path, GOOD)
    assert (row.kind, row.signals, row.family) == ("campaigning", {"vote_buying"}, "a-1")
    assert row.known == set(SIGNALS)
    assert row.text[row.targets[0].start : row.targets[0].end] == "Сеитова"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "advert"}, r"rows\.jsonl:2: kind: one of campaigning"),
        ({"text": " "}, r"rows\.jsonl:2: text: a string that is not empty"),
        ({"lang": "de"}, "lang: one of kk, ru, mixed, en"),
        ({"signals": ["spam"]}, "signals: one of poll"),
        ({"signals": "poll"}, "signals: a list"),
        ({"stance": {"poll": "commits"}}, "stance: one of vote_buying"),
        ({"stance": {"vote_buying": "both"}}, "stance: one of commits, reports"),
        ({"targets": [{"name": "Сеитова", "start": 11, "end": 19, "tone": "+"}]}, "name as it"),
        ({"targets": [{"name": "x", "start": 13, "end": 99, "tone": "+"}]}, "start and end within"),
        ({"known": ["poll"]}, "signals: one of poll, got 'vote_buying'"),
        ({"id": "a-1", "text": "x"}, r"id: one not used yet \(rows\.jsonl:1\)"),
        ({"text": GOOD["text"]}, "text: one not used yet"),
    ],
)
def test_a_wrong_line_is_named_with_what_would_be_right(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    second = {**GOOD, "id": "a-2", "text": "Ещё: за Сеитова", "targets": [], **change}
    if change.get("targets"):
        second["text"] = "Голосуем за Сеитова!"
    with pytest.raises(InvalidRecord, match=named):
        read(tmp_path, GOOD, second)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecord, match=r"rows\.jsonl:2: column 2"):
        read(tmp_path, GOOD, "{")


def test_a_fold_hangs_on_the_family_alone(tmp_path: Path) -> None:
    one, other = read(
        tmp_path,
        {**GOOD, "family": "f"},
        {**GOOD, "id": "b", "text": "x", "targets": [], "family": "f"},
    )
    assert fold_of(one, 5) == fold_of(other, 5)
    assert {fold_of(row, 5) for row in read_rows(shipped_files())} == {0, 1, 2, 3, 4}


def test_the_shipped_posts_are_as_many_and_as_varied_as_the_guide_says() -> None:
    rows = read_rows(shipped_files())
    languages = Counter(row.lang for row in rows)
    # A post that leans on another has its family: few do.
    assert {row.family for row in rows} <= {row.id for row in rows}
    assert sum(row.family == row.id for row in rows) >= max(3_000, 0.99 * len(rows))
    assert languages["kk"] >= 1_100
    assert languages["ru"] >= 1_100
    assert languages["mixed"] >= 500
    assert languages["en"] >= 200
    for signal in SIGNALS:
        assert sum(signal in row.signals for row in rows) >= 200
        assert len({row.kind for row in rows if signal in row.signals}) >= 3


def test_another_way_of_writing_keeps_labels_and_targets() -> None:
    moved = 0
    for number, row in enumerate(read_rows(shipped_files())[::7]):
        other = changed(row, Random(number))
        assert (other.kind, other.signals, other.family) == (row.kind, row.signals, row.family)
        for target in other.targets:
            assert 0 <= target.start < target.end <= len(other.text)
        moved += other.text != row.text
    assert moved > 100


def test_each_change_by_itself() -> None:
    row = Row("a", "Әділге дауыс беріңіздер", "kk", "a", kind="campaigning")
    assert (untyped(row, Random(1)) or row).text == "Адилге дауыс бериниздер"
    spelt = (latin(row, Random(1)) or row).text
    assert spelt.isascii() or not any("\u0400" <= letter <= "\u04ff" for letter in spelt)
    assert latin(Row("b", "Голосуйте", "ru", "b"), Random(1)) is None
    assert (noisy(Row("c", "слово " * 50, "ru", "c"), Random(1)) or row).text != "слово " * 50


def test_two_posts_in_one_have_the_signals_of_both_and_the_kind_that_wins() -> None:
    call = Row("a", "За Сеитова!", "ru", "a", kind="campaigning")
    other = Row("b", "Тут платят.", "ru", "b", kind="other", signals=frozenset({"vote_buying"}))
    both = joined(call, other, Random(1))
    assert both is not None
    assert (both.kind, both.signals) == ("campaigning", {"vote_buying"})
    assert call.text in both.text
    assert other.text in both.text
    assert joined(other, call, Random(1)) is None
