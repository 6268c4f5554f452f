"""The store of the search bench: an archive and an index of generated posts, built once and reused.

Rows go straight into the archive's tables, documents through the index's own `put`. It can be
stopped at any time and goes on where it was: a chunk is one transaction and one commit.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.schema import CreateTable

from benchmarks.search_rows import table_rows
from benchmarks.search_words import vocabularies
from benchmarks.search_world import ANNOTATOR, World
from config.loader import load_election
from config.settings import Settings, read_settings
from core.documents import index_documents
from core.identity import digest
from core.ports import SearchIndex
from core.store import tables, tantivy_schema
from core.store.codec import to_json
from core.store.dialect import insert_or
from core.store.sql_archive import open_archive
from core.store.tantivy_index import TantivyIndex
from nlp.analyzer import LemmaAnalyzer

# Raise it with any change of what is generated.
GENERATOR = 1
CHUNK = 20_000
PROFILE = "kz-maslikhat-2023"


@dataclass(frozen=True, slots=True)
class Store:
    """Where it lies and what it was made of."""

    settings: Settings
    world: World


def built(folder: Path, posts: int) -> Store:
    """The store of so many posts below `folder`, made or finished where needed."""
    path = folder / f"search-{posts}-{_fingerprint()}"
    for other in folder.glob(f"search-{posts}-*"):
        if other != path:  # of an older generator or schema
            shutil.rmtree(other)
    store = Store(read_settings(data=path, election=PROFILE), world_of(posts))
    mark = path / "indexed"
    indexed = int(mark.read_text()) if mark.exists() else 0
    if indexed < posts:
        _build(store, indexed, mark)
    return store


@cache
def world_of(posts: int) -> World:
    """So many posts of the shipped profile."""
    kazakh, russian = vocabularies(LemmaAnalyzer())
    return World(load_election(PROFILE), kazakh, russian, posts)


def _fingerprint() -> str:
    """Changes with everything that would make the stored posts differ from what is written now."""
    schema = [str(CreateTable(table)) for table in tables.metadata.sorted_tables]
    return digest([GENERATOR, tantivy_schema.VERSION, LemmaAnalyzer.version, schema])[:8]


def _build(store: Store, indexed: int, mark: Path) -> None:
    open_archive(store.settings.archive_url).close()
    engine = create_engine(store.settings.archive_url)
    # Nobody's truth lies here: after a power cut the folder can be deleted.
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    index = TantivyIndex(store.settings.index_dir, writable=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    try:
        with Progress(*columns) as progress:
            task = progress.add_task("generating posts", total=store.world.total)
            for first in range(0, store.world.total, CHUNK):
                last = min(first + CHUNK, store.world.total)
                if last > indexed:
                    put_chunk(store.world, engine, index, first, last)
                    mark.write_text(str(last))
                progress.update(task, completed=last)
    finally:
        index.close()
        engine.dispose()


def put_chunk(world: World, engine: Engine, index: SearchIndex, first: int, last: int) -> None:
    """Posts number first <= n < last into an archive, as rows, and into an index."""
    made = list(world.posts(first, last))
    with engine.begin() as connection:
        if _archived(connection) < last:
            if first == 0:
                _begin(connection, world)
            for table, rows in table_rows(made):
                statement = insert_or(connection, table).on_conflict_do_nothing()
                connection.execute(statement, rows)
            _count(connection, last)
    for one in made:
        documents = index_documents(one.state, world.election, one.tokens)
        index.put(one.state.record.id, one.state.index_version, documents)
    index.commit()


def _archived(connection: Connection) -> int:
    query = select(tables.counters.c.value).where(tables.counters.c.name == "posts")
    return int(connection.execute(query).scalar_one())


def _count(connection: Connection, last: int) -> None:
    for name, value in (("posts", last), ("flags", 4 * last)):
        connection.execute(
            update(tables.counters).where(tables.counters.c.name == name).values(value=value)
        )


def _begin(connection: Connection, world: World) -> None:
    connection.execute(insert(tables.annotators), [{"id": 1, "version": ANNOTATOR}])
    rows = [
        {"id": one.id, "definition": to_json(one), "active": True, "runs": 1,
         "posts_total": world.total // len(world.sources()), "failures_in_a_row": 0}
        for one in world.sources()
    ]  # fmt: skip
    connection.execute(insert_or(connection, tables.sources).on_conflict_do_nothing(), rows)
