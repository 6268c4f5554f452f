"""The drills in a small size, and that they would notice what they look for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from benchmarks.drills.asking import Answer, Outage, failed
from benchmarks.drills.compare import Kept, compare
from benchmarks.drills.faults import DRILLS, Size
from benchmarks.drills.house import House
from benchmarks.drills.report import run
from benchmarks.drills.servers import Servers
from core.store.elastic import Server, discard
from tests.services.elastic.node import CannotRun, shared_node
from tests.services.postgres import PostgresServer

SMALL = Size(minutes=0.05, kills=2, settle_s=1.0)


@pytest.fixture(scope="module")
def servers(postgres: PostgresServer) -> Servers:
    try:
        return Servers(postgres, shared_node())
    except CannotRun as error:
        pytest.skip(str(error))


@pytest.fixture
def no_index_left(servers: Servers, tmp_path: Path) -> Iterator[None]:
    yield
    with Elasticsearch(servers.node.url) as client:
        names = {one.partition("-v1-")[0] for one in client.indices.get(index="test_*")}
    for name in names:
        discard(Server(f"{servers.node.url}/{name}"), tmp_path)


@pytest.mark.usefixtures("no_index_left")
@pytest.mark.parametrize("name", ["elastic-killed", "postgres", "workers"])
def test_what_was_promised_holds(name: str, servers: Servers) -> None:
    result = run(name, replace(DRILLS[name], workers=2), servers, SMALL, seed=1)
    assert result.broken == (), result.lines()
    assert result.kept.posts >= 200
    assert result.kept.documents > result.kept.posts
    assert result.asked > result.could_not


@pytest.mark.usefixtures("no_index_left")
def test_a_loss_a_stray_document_and_a_change_are_noticed(servers: Servers, tmp_path: Path) -> None:
    with House(servers, tmp_path, workers=1, a_second=5.0, rng=random.Random(1)) as house:
        house.feed.end()
        house.wait("all judged and found", house.is_settled)
        saved, alias = house.feed.saved, f"{house.database}-v1"
        right = compare(house.settings, house.archive, saved)
        assert right == Kept(len(saved), right.documents, 0, 0, 0, 0, 0)
        with Elasticsearch(servers.node.url) as client:
            (index,) = client.indices.get_alias(name=alias)
            client.delete(index=index, id=f"{saved[0]}.0", refresh=True)
            client.update(index=index, id=f"{saved[1]}.0", doc={"sort_key": 1}, refresh=True)
            client.index(index=index, id="stray.0", document={"doc_type": "post"}, refresh=True)
        wrong = compare(house.settings, house.archive, [*saved, "never kept"])
    assert (wrong.lost, wrong.differing) == (1, 3)
    assert wrong.words_differing > 0


def test_a_request_is_excused_only_by_an_outage_of_its_own_sort_and_time() -> None:
    outages = [Outage(frozenset({"search"}), 10.0, 20.0)]
    answers = [
        Answer("search", 9.0, 9.9, 200),
        Answer("search", 9.0, 10.5, 503),
        Answer("search", 19.9, 25.0, 0),
        Answer("post", 12.0, 13.0, 503),
        Answer("search", 20.1, 20.2, 503),
    ]
    assert failed(answers, outages) == (answers[3:], 2)
