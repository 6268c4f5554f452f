"""Bring a database to the schema of this program; refuse one that a newer program wrote.

`up` starts three processes at once, so the first to come makes the schema while the others wait.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from core.errors import SchemaMismatch
from core.store.dialect import SCHEMA_LOCK, exclusive, prepare, reading, wrapped, writing

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Make or migrate the schema. Raises SchemaMismatch where the database is the newer one."""
    with wrapped(engine):
        prepare(engine)
    if is_current(engine):
        return
    with writing(engine) as connection:
        exclusive(connection, SCHEMA_LOCK)
        config = _config()
        _require_known(connection, ScriptDirectory.from_config(config))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")  # does nothing where another opener was faster


def is_current(engine: Engine) -> bool:
    """True where the schema is this program's. Raises SchemaMismatch where it is a newer one's."""
    scripts = ScriptDirectory.from_config(_config())
    with reading(engine) as connection:
        return _require_known(connection, scripts) == scripts.get_current_head()


def _require_known(connection: Connection, scripts: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        where = connection.engine.url.render_as_string(hide_password=True)
        head = scripts.get_current_head()
        raise SchemaMismatch(
            f"{where}: schema {found!r} is of a newer program; this one knows up to {head!r}"
        )
    return found


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
