"""Bring a database to the schema of this program; refuse one that a newer program wrote.

`up` starts three processes at once, so the first to come makes the schema while the others wait.
Alembic is loaded only where there is something to migrate: it costs each process half a second.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from core.errors import SchemaMismatch
from core.store.dialect import (
    SCHEMA_LOCK,
    exclusive,
    place,
    prepare,
    reading,
    without_limits,
    wrapped,
    writing,
)

# The newest of migrations/versions; a test holds it to that.
HEAD = "0003"
# Noted in place of a version while rows are carried in: nobody takes half an archive for a whole.
# Behind it stands the schema of the place, `unfinished:0003`: an upgrade may come in between.
UNFINISHED = "unfinished"
SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Make or migrate the schema. Raises SchemaMismatch where the database is the newer one."""
    with wrapped(engine):
        prepare(engine)
    if not is_current(engine):
        with writing(engine) as connection:
            without_limits(connection)
            exclusive(connection, SCHEMA_LOCK)
            run(connection)


def is_current(engine: Engine) -> bool:
    """True where the schema is this program's. Raises SchemaMismatch where it is a newer one's."""
    with reading(engine) as connection:
        found = version_of(connection)
    if half_filled(found) is not None:
        raise SchemaMismatch(
            f"{place(engine)}: a move or a restore into this archive was not finished; run it again"
        )
    if found not in {None, HEAD} and found not in known():
        raise SchemaMismatch(
            f"{place(engine)}: schema {found!r} is of a newer program; "
            f"this one knows up to {HEAD!r}"
        )
    return found == HEAD


def version_of(connection: Connection) -> str | None:
    """The version that is noted in the database, None where there is no archive."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    query = text("SELECT version_num FROM alembic_version")
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def note_version(connection: Connection, version: str) -> None:
    """Note another version of the schema."""
    query = text("UPDATE alembic_version SET version_num = :version")
    connection.execute(query, {"version": version})


def half_filled(version: str | None) -> str | None:
    """The schema of a place that is being filled; None where the version is not that mark."""
    mark, _, schema = (version or "").partition(":")
    return schema if mark == UNFINISHED else None


def known() -> set[str]:
    """Every version up to that of this program."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  see above

    return {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}


def run(connection: Connection) -> None:
    """Run what is missing, in this transaction; nothing where another opener was faster."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
