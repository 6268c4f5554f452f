"""Commands over whole archives, and what an archive holds afterwards."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from core.store import rows
from core.store.dialect import make_engine, reading, writing
from core.store.rows import Content
from monitor.cli import app


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test of the module that imports it."""
    for name in os.environ:
        if name.startswith("BAQYLAU_"):
            monkeypatch.delenv(name)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=environment)


def contents(url: str) -> dict[str, Content]:
    engine = make_engine(url)
    try:
        with reading(engine) as connection:
            return rows.contents(connection)
    finally:
        engine.dispose()


def execute(url: str, statement: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text(statement))
    engine.dispose()
