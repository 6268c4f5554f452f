"""Archives and backups as older programs left them: Alembic up to a revision, rows by SQL."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from core.store import dialect, migrate
from core.store.dumping import file_url

HELD, RAN_OUT, PARKED, FREE = range(4)
TEXTS = ("Дауыс беріңіз", "Голосуйте завтра", "Тыныштық күні", "Встреча с кандидатом")
SEEN = 1679130000000000
FAR, PAST = 253370764800000000, 978307200000000


def bring_to(connection: Connection, version: str) -> None:
    """Migrate up to `version`."""
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def archive_file(path: Path, version: str) -> None:
    """An archive of schema 0001 or 0002 in a file: four posts in four states of the queue."""
    engine = dialect.make_engine(file_url(path))
    with dialect.writing(engine) as connection:
        bring_to(connection, version)
        for statement in (*_world(), *(_queue_0001 if version == "0001" else _queue_0002)()):
            connection.execute(text(statement.replace(":", r"\:")))
    engine.dispose()


def _world() -> list[str]:
    made = [
        """INSERT INTO sources (id, definition, active, posts_total, failures_in_a_row, runs)
        VALUES ('dala', '{"account":{"ref":{"handle":"dala","platform":"telegram"},"regions":
        ["KZ-75"],"role":"media"},"expected_per_day":5.0,"id":"dala","kind":"telegram","language":
        "ru","url":"https://t.me/s/dala"}', 1, 4, 0, 0)""",
        "UPDATE counters SET value = 4 WHERE name IN ('posts', 'queue')",
        "UPDATE counters SET value = 50 WHERE name = 'lease'",
        f"INSERT INTO leases (key, worker, token, until) VALUES ('indexer', 'i', 3, {FAR})",
    ]
    for number, words in enumerate(TEXTS):
        one, post = post_id(number), json.dumps(_post(number, words), ensure_ascii=False)
        made += [
            f"""INSERT INTO posts (id, sort_key, source_id, platform, native_id, url, first_seen,
            last_seen, mark_seen, newest, index_version) VALUES ('{one}', {1000 + number}, 'dala',
            'telegram', 'dala/{number}', 'https://t.me/dala/{number}', {SEEN}, {SEEN}, 0, 1, 1)""",
            f"""INSERT INTO revisions (post_id, number, first_seen, act, post, text_hash)
            VALUES ('{one}', 1, {SEEN}, '{{"at":"2023-03-18T08:00:00+00:00"}}', '{post}', 'h')""",
        ]
    return made


def _post(number: int, words: str) -> dict[str, str]:
    return {
        "native_id": f"dala/{number}",
        "parser": "telegram",
        "parser_version": "1",
        "platform": "telegram",
        "published": "2023-03-18T08:00:00+00:00",
        "text": words,
        "url": f"https://t.me/dala/{number}",
    }


def _queue_0001() -> list[str]:
    rows = [
        f"""INSERT INTO work_queue (post_id, number, position, lease_key, queued_at, attempts,
        parked, again, error) VALUES ('{post_id(number)}', 1, {number + 1},
        'work:{post_id(number)}:1', {SEEN}, 1, {int(number == PARKED)}, 0, '')"""
        for number in range(4)
    ]
    for number, until in ((HELD, FAR), (RAN_OUT, PAST)):
        rows.append(
            f"INSERT INTO leases (key, worker, token, until) VALUES "
            f"('work:{post_id(number)}:1', 'w', {number + 7}, {until})"
        )
    return rows


def _queue_0002() -> list[str]:
    leased = {HELD: f"'w', {HELD + 7}, {FAR}", RAN_OUT: f"'w', {RAN_OUT + 7}, {PAST}"}
    return [
        f"""INSERT INTO work_queue (post_id, number, position, queued_at, attempts, parked, again,
        error, leased_by, lease_token, leased_until) VALUES ('{post_id(number)}', 1, {number + 1},
        {SEEN}, 1, {int(number == PARKED)}, 0, '', {leased.get(number, "NULL, NULL, NULL")})"""
        for number in range(4)
    ]


def post_id(number: int) -> str:
    return f"{number + 1:032x}"


def backup(folder: Path, version: str) -> Path:
    """What `baqylau backup` of that time left in `folder`; the hashes of tables are its own."""
    evidence = folder / "warc"
    evidence.mkdir(parents=True)
    (evidence / "0001.warc.gz").write_bytes(b"WARC" * 700)
    (evidence / "0002.warc.gz").write_bytes(b"")
    archive_file(folder / "archive.sqlite3", version)
    sign(folder, version)
    return folder


def sign(folder: Path, version: str) -> None:
    """Write the manifest of what the backup holds now."""
    with sqlite3.connect(folder / "archive.sqlite3") as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    tables = {name: {"rows": 0, "sha256": "of that schema"} for [name] in names}
    said = {
        "format": 2,
        "schema": version,
        "made_at": "2023-03-18T09:00:00+00:00",
        "archive": _file(folder / "archive.sqlite3"),
        "tables": tables,
        "files": {one.name: _file(one) for one in (folder / "warc").iterdir()},
    }
    (folder / "manifest.json").write_text(json.dumps(said))


def _file(path: Path) -> dict[str, object]:
    held = path.read_bytes()
    return {"size": len(held), "sha256": hashlib.sha256(held).hexdigest()}
