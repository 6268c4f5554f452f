"""`baqylau search`: what it lists, and what it refuses rather than answer with nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.election import AccountRef, Election
from core.model import Account
from core.store.sql_archive import SqlArchive
from core.store.tantivy_index import TantivyIndex
from monitor import wiring
from monitor.cli import app
from monitor.indexer import Indexer
from monitor.pipeline import Pipeline
from tests.monitor.conftest import NOW, FixedClock, MarkReader, evidence, post, save, source


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("BAQYLAU_"):
            monkeypatch.delenv(name)


def search(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["search", *arguments, "--data", str(data), "--json"])


def test_posts_of_private_people_are_never_listed(
    archive: SqlArchive, election: Election, tmp_path: Path
) -> None:
    somebody = Account(AccountRef("telegram", "somebody"), role="private", regions=("KZ-75",))
    private = replace(source(), id="handed-in", account=somebody)
    archive.register_sources([source(), private], NOW)
    save(archive, post(1, "VOTE тыныштық"))
    archive.save_posts("handed-in", [post(2, "VOTE тыныштық")], seen_at=NOW, evidence=evidence("2"))
    while Pipeline(archive, MarkReader(), election, FixedClock(), "w").run_batch():
        pass
    indexer = Indexer(
        archive,
        lambda: TantivyIndex(tmp_path / "index", writable=True),
        election,
        wiring.analyzer(),
        "indexer",
    )
    assert indexer.follow() == 2
    indexer.close()
    for asked in ("тыныштыққа", "", "role:private OR тыныштық", "NOT нет"):
        done = search(tmp_path, asked)
        assert done.exit_code == 0, done.stderr
        found = [json.loads(line)["source"] for line in done.stdout.splitlines()]
        assert found == ["ours"], asked


def test_a_directory_in_which_nothing_was_collected_is_named_and_left_alone(tmp_path: Path) -> None:
    wrong = tmp_path / "typo"
    done = search(wrong, "дауыс")
    assert done.exit_code == 2
    assert "up" in done.stderr
    assert not wrong.exists()


@pytest.mark.parametrize("wrong", ["verdict=guilty", "gone=maybe", "rule=tishina", "colour=red"])
def test_a_filter_that_nothing_can_match_is_refused(
    archive: SqlArchive, tmp_path: Path, wrong: str
) -> None:
    done = search(tmp_path, "дауыс", "--filter", wrong)
    assert done.exit_code == 2
    assert wrong in done.stderr.replace("\n", "")
