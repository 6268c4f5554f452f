"""The archive under test, once for every backend. A new backend is one more line in BACKENDS."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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


# Each makes an empty database in a folder and returns its URL.
BACKENDS: dict[str, Callable[[Path, Path], str]] = {
    "sqlite": _sqlite,
}


@pytest.fixture(params=BACKENDS)
def archive_url(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    return BACKENDS[request.param](tmp_path, tmp_path_factory.getbasetemp() / TEMPLATE)


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
