"""The demo keeps to a directory of its own, whatever archive and index the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import read_settings
from monitor.up import demo_world, environment_of


def test_the_demo_never_writes_into_the_archive_of_theenvironment_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAQYLAU_ARCHIVE", "postgresql+psycopg://baqylau@db/real")
    monkeypatch.setenv("BAQYLAU_ARCHIVE_FILE", "/run/secrets/password")
    monkeypatch.setenv("BAQYLAU_INDEX", "/srv/index")
    with demo_world(read_settings(data=tmp_path)) as given:
        settings = read_settings(**given)
        for name, value in environment_of(settings).items():
            monkeypatch.setenv(name, value)
    inherited = read_settings()
    for seen in (settings, inherited):
        assert seen.archive_url == f"sqlite:///{tmp_path / 'demo' / 'archive.sqlite3'}"
        assert seen.index_dir == tmp_path / "demo" / "index"
