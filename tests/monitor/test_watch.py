"""What `crawl` and `work` say over HTTP of themselves, of what they owe, and of what is away."""

from __future__ import annotations

import json
import logging
import socket
import sqlite3
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from core.election import Election
from core.errors import InvalidInput, SchemaMismatch, StoreUnavailable
from core.ports import SearchIndex
from core.store.sql_archive import SqlArchive
from core.store.tantivy_index import TantivyIndex
from monitor.indexer import LEASE, Indexer
from monitor.jobs import Worker
from monitor.logs import JsonFormatter
from monitor.pipeline import Pipeline
from monitor.watch import STUCK_S, Watch, served
from tests.monitor.conftest import FixedClock, MarkReader, post, save
from tests.monitor.test_indexer import Words

Get = Callable[[str], tuple[int, str]]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def watch() -> Watch:
    return Watch()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def value(text: str, name: str) -> float:
    (line,) = [one for one in text.splitlines() if one.startswith(f"{name} ")]
    return float(line.split()[-1])


@pytest.fixture
def asked(archive: SqlArchive, watch: Watch, port: int) -> Iterator[Get]:
    with served(watch, f"127.0.0.1:{port}", setting="X", archive=archive, clock=FixedClock()):
        yield lambda path: get(port, path)


def worker(
    archive: SqlArchive, election: Election, watch: Watch, open_index: Callable[[], SearchIndex]
) -> Worker:
    pipeline = Pipeline(archive, MarkReader(), election, FixedClock(), "w", tally=watch)
    indexer = Indexer(archive, open_index, election, Words(), "w", watch)
    return Worker(pipeline, indexer, threading.Event(), watch)


def wait(until: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(200):
        if until():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come to that")


def test_what_is_owed_and_what_was_done(
    archive: SqlArchive, election: Election, watch: Watch, asked: Get, tmp_path: Path
) -> None:
    save(archive, post(1, "VOTE"), post(2, "rain"), post(3, "BROKEN"))
    text = asked("/metrics")[1]
    assert value(text, "baqylau_pending") == 3
    # The store's clock, by which they wait, and not ours, which says 2023.
    assert 0 <= value(text, "baqylau_oldest_pending_seconds") < 60
    assert value(text, "baqylau_index_pending") == 3
    assert 0 < value(text, "baqylau_oldest_index_pending_seconds") < 60
    one = worker(archive, election, watch, lambda: TantivyIndex(tmp_path / "i", writable=True))
    assert one.drain() == 2
    text = asked("/metrics")[1]
    assert value(text, "baqylau_judged_total") == 2
    assert value(text, "baqylau_indexed_total") == 3
    assert value(text, 'baqylau_errors_total{kind="DetectorError"}') == 3
    assert value(text, "baqylau_parked") == 1
    assert value(text, "baqylau_pending") == value(text, "baqylau_index_pending") == 0
    one.indexer.close()


def test_a_lost_lease_is_counted(archive: SqlArchive, election: Election, watch: Watch,
                                 asked: Get, tmp_path: Path) -> None:  # fmt: skip
    one = worker(archive, election, watch, lambda: TantivyIndex(tmp_path / "i", writable=True))
    one.indexer.follow()
    held = archive.acquire(LEASE, "w", ttl_s=60)  # its own, taken afresh: the first token is void
    assert held is not None
    assert one.indexer.follow() == 0
    assert value(asked("/metrics")[1], f'baqylau_leases_lost_total{{of="{LEASE}"}}') == 1


def test_an_index_that_is_away_is_named_and_judging_goes_on(
    archive: SqlArchive, election: Election, watch: Watch, asked: Get
) -> None:
    def away() -> SearchIndex:
        raise StoreUnavailable("nobody answers at https://index:9200")

    one = worker(archive, election, watch, away)
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        save(archive, post(1, "VOTE"))
        wait(lambda: archive.counts().pending == 0 and bool(watch.missing()))
        status, body = asked("/readyz")
        assert status == 503
        assert json.loads(body)["missing"] == {"index": "nobody answers at https://index:9200"}
        assert asked("/healthz")[0] == 200
        assert value(asked("/metrics")[1], 'baqylau_errors_total{kind="StoreUnavailable"}') >= 1
        # Whoever cannot open the index leaves it to another worker.
        assert archive.acquire(LEASE, "another", ttl_s=1) is not None
    finally:
        one.stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_an_index_of_another_version_is_waited_for_and_a_wrong_setting_is_not(
    archive: SqlArchive, election: Election, watch: Watch
) -> None:
    errors: list[Exception] = [SchemaMismatch("index has schema 0"), InvalidInput("X", "a key")]

    def opened() -> SearchIndex:
        raise errors.pop(0)

    one = worker(archive, election, watch, opened)
    one.stop.wait = lambda timeout=None: one.stop.is_set()  # type: ignore[method-assign]
    with pytest.raises(InvalidInput, match="X: a key"):
        one.run()
    assert watch.missing()["index"] == "index has schema 0"


def test_a_loop_that_turns_no_more_is_told() -> None:
    at = [0.0]
    watch = Watch(lambda: at[0])
    watch.turned("index")
    at[0] = STUCK_S
    assert watch.stuck() == {}
    at[0] += 1
    assert list(watch.stuck()) == list(watch.missing()) == ["index"]
    watch.turned("index")
    assert watch.missing() == {}


def test_a_schema_that_became_a_newer_programs_is_told(
    archive: SqlArchive, asked: Get, tmp_path: Path
) -> None:
    assert asked("/readyz") == (200, '{"status": "ok", "missing": {}}')
    with sqlite3.connect(tmp_path / "archive.sqlite3") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    status, body = asked("/readyz")
    assert status == 503
    assert "9999" in json.loads(body)["missing"]["archive"]


def test_nobody_listens_without_the_setting_and_a_taken_port_names_it(
    archive: SqlArchive, watch: Watch, port: int
) -> None:
    clock = FixedClock()
    with served(watch, "", setting="X", archive=archive, clock=clock):
        pass
    taken = f"127.0.0.1:{port}"
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(InvalidInput, match=rf"^BAQYLAU_WORK_METRICS: .*{port}"),
        served(watch, taken, setting="BAQYLAU_WORK_METRICS", archive=archive, clock=clock),
    ):
        pass


def test_no_other_path_is_served(asked: Get) -> None:
    assert asked("/")[0] == asked("/metrics/x")[0] == 404


def test_log_lines_name_the_posts(
    archive: SqlArchive, election: Election, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "monitor.pipeline")
    save(archive, post(1, "VOTE"), post(2, "BROKEN"))
    Pipeline(archive, MarkReader(), election, FixedClock(), "w").run_batch()
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    (failed,) = [line for line in lines if line["level"] == "ERROR"]
    (judged,) = [line for line in lines if "judged" in line["message"]]
    ids = set(archive.post_ids())
    assert {failed["post_id"], *judged["post_ids"]} == ids
