"""The archive under test, once for every backend."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_world import NOW, source

from core.store.sql_archive import SqlArchive, open_archive

TEMPLATE = "template.sqlite3"


def _sqlite(folder: Path, template: Path) -> str:
    """A copy of an empty archive: making the schema anew for each test takes half of its time."""
    if not template.exists():
        open_archive(f"sqlite:///{template}").close()
    return f"sqlite:///{shutil.copy(template, folder / 'archive.sqlite3')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_url(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The URL of an empty archive."""
    if request.param == "sqlite":
        return _sqlite(tmp_path, tmp_path_factory.getbasetemp() / TEMPLATE)
    url: str = request.getfixturevalue("postgres_archive")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a place in which there is nothing yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'folder' / 'archive.sqlite3'}"
    url: str = request.getfixturevalue("postgres_place")
    return url


@pytest.fixture
def empty_archive(archive_url: str) -> Iterator[SqlArchive]:
    opened = open_archive(archive_url)
    yield opened
    opened.close()


@pytest.fixture
def archive(empty_archive: SqlArchive) -> SqlArchive:
    """An archive that watches one channel, `dala`."""
    empty_archive.register_sources([source()], NOW)
    return empty_archive
