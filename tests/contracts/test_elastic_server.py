"""The Elasticsearch index and its server: settings that are wrong, refusals, outages, leftovers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from elastic_transport import ConnectionTimeout
from elasticsearch import Elasticsearch
from index_backends import Place, document
from rich.console import Console

from config.settings import read_settings
from core.errors import InvalidInput, InvalidQuery, SchemaMismatch, StoreError, StoreUnavailable
from core.grammar import MAX_DEPTH, parse
from core.identity import post_id as id_of
from core.query import And, FieldIs, Node, Not, Or, SearchRequest, Word
from core.store.elastic import ElasticIndex, Server, discard, feed
from core.store.elastic.query import matching
from monitor import wiring
from monitor.reindexing import run_reindex
from nlp.analyzer import LemmaAnalyzer
from tests.services.elastic.certificates import Certificates, make_certificates
from tests.services.elastic.node import ElasticNode, shared_node
from tests.services.elastic.proxy import Gate, proxy

ALL = SearchRequest(limit=1_000)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place("elastic", tmp_path)
    place.prepare()
    yield place
    place.remove()


@pytest.fixture
def server(place: Place) -> Server:
    return Server((place.where / "elastic").read_text())


@pytest.fixture
def node(place: Place) -> ElasticNode:
    return shared_node()


@pytest.fixture
def client(node: ElasticNode) -> Iterator[Elasticsearch]:
    client = Elasticsearch(node.url)
    yield client
    client.close()


@pytest.fixture
def index(place: Place) -> Iterator[ElasticIndex]:
    opened = place.open(writable=True)
    assert isinstance(opened, ElasticIndex)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def gate() -> Gate:
    gate = Gate()
    gate.let_in("elastic", "құпия word")
    return gate


@pytest.fixture
def guarded(
    place: Place, node: ElasticNode, gate: Gate, certificates: Certificates, server: Server
) -> Iterator[str]:
    """The URL of the same index behind TLS and a password."""
    with proxy(node.url, gate, certificates) as url:
        yield f"{url}/{server.name}"


def open_reader(server: Server, tmp_path: Path) -> ElasticIndex:
    return ElasticIndex(server, writable=False, lock_in=tmp_path)


def ids(index: ElasticIndex, node: Node | None = None) -> list[str]:
    return [hit.doc_id for hit in index.search(SearchRequest(node=node, limit=1_000)).hits]


def fill(index: ElasticIndex, *names: str, version: int = 1) -> None:
    for name in names:
        index.put(name, version, [document(name, "x", gone=["no"])])
    index.commit()


# --- settings ------------------------------------------------------------------------------------


def test_with_the_password_and_the_authority_it_is_written_and_searched(
    guarded: str, certificates: Certificates, tmp_path: Path
) -> None:
    server = Server(guarded, password="құпия word", ca=certificates.ca)
    index = ElasticIndex(server, writable=True, lock_in=tmp_path)
    fill(index, "a")
    assert ids(index) == ["a"]
    index.close()


def test_an_api_key_opens_too(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    gate.let_in_key("bXk6a2V5")
    for key in ("bXk6a2V5", "my:key"):
        open_reader(Server(guarded, api_key=key, ca=certificates.ca), tmp_path).close()


def refusal(server: Server, tmp_path: Path) -> tuple[str, str]:
    """Which setting is wrong, and the whole line."""
    with pytest.raises(InvalidInput) as caught:
        open_reader(server, tmp_path)
    line = str(caught.value)
    assert "\n" not in line
    assert "құпия" not in line
    return caught.value.where, line


def test_a_wrong_password_names_its_setting(
    guarded: str, certificates: Certificates, tmp_path: Path
) -> None:
    server = Server(guarded, user="elastic", password="құпия", ca=certificates.ca)
    where, line = refusal(server, tmp_path)
    assert where == "BAQYLAU_INDEX_PASSWORD"
    assert "elastic" in line


def test_no_password_and_a_wrong_key_name_their_settings(
    guarded: str, certificates: Certificates, tmp_path: Path
) -> None:
    assert refusal(Server(guarded, ca=certificates.ca), tmp_path)[0] == "BAQYLAU_INDEX_PASSWORD"
    for key in ("d3Jvbmc6a2V5", "кілт", "two words"):
        wrong = Server(guarded, api_key=key, ca=certificates.ca)
        assert refusal(wrong, tmp_path)[0] == "BAQYLAU_INDEX_API_KEY"


def test_an_authority_that_is_missing_or_another_or_no_certificate_names_its_setting(
    guarded: str, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path / "other").ca
    garbled = tmp_path / "garbled.pem"
    garbled.write_text("not a certificate")
    for ca in (None, other, garbled, tmp_path / "nowhere.pem", tmp_path):
        where, line = refusal(Server(guarded, password="x", ca=ca), tmp_path)
        assert where == "BAQYLAU_INDEX_CA"
        assert ca is None or str(ca) in line


def test_a_certificate_of_another_host_names_the_url(
    node: ElasticNode, server: Server, gate: Gate, tmp_path: Path
) -> None:
    elsewhere = make_certificates(tmp_path / "tls", host="192.0.2.1")
    with proxy(node.url, gate, elsewhere) as url:
        wrong = Server(f"{url}/{server.name}", password="x", ca=elsewhere.ca)
        assert refusal(wrong, tmp_path)[0] == "BAQYLAU_INDEX"


@pytest.mark.parametrize("version", ["7.17.9", "6.8.0"])
def test_an_old_server_is_refused_with_its_version(
    guarded: str, gate: Gate, certificates: Certificates, version: str, tmp_path: Path
) -> None:
    gate.answers["/_nodes"] = (200, {"nodes": {"n1": {"version": version}}})
    where, line = refusal(Server(guarded, password="x", ca=certificates.ca), tmp_path)
    assert where == "BAQYLAU_INDEX"
    assert version in line


def test_something_that_is_not_elasticsearch_is_refused(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    gate.product = ""
    gate.answers["/"] = (200, {"hello": "world"})
    where, line = refusal(Server(guarded, password="x", ca=certificates.ca), tmp_path)
    assert where == "BAQYLAU_INDEX"
    assert "something else" in line


def test_a_user_who_may_not_look_is_told_what_is_needed(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    reason = "action [cluster:monitor/nodes/info] is unauthorized"
    gate.answers["/_nodes"] = (403, {"error": {"type": "security_exception", "reason": reason}})
    where, line = refusal(Server(guarded, password="x", ca=certificates.ca), tmp_path)
    assert where == "BAQYLAU_INDEX_PASSWORD"
    assert "privilege `monitor`" in line


@pytest.mark.parametrize("url", [
    "https://", "es.example.org:9200", "ftp://h:1", "https://h:99999", "https://h/BIG",
    "https://h/a*", "https://h/_all", "https://user:secret@h:9200", "https://h/a?b=c", "https://[h",
])  # fmt: skip
def test_a_url_of_no_use_is_refused_before_anybody_is_asked(url: str, tmp_path: Path) -> None:
    where, line = refusal(Server(url), tmp_path)
    assert where == "BAQYLAU_INDEX"
    assert "secret@" not in line


def test_the_path_names_the_index_and_where_the_server_is() -> None:
    assert (Server("https://h:9200").name, Server("https://h:9200/").name) == ("baqylau",) * 2
    assert Server("https://h:9200/kz-2029").name == "kz-2029"
    assert Server("https://h/es/kz-2029").address == "https://h:443/es"
    assert Server("https://h/es/").name == "baqylau"
    assert Server("http://[::1]:9200").address == "http://[::1]:9200"


def test_tls_where_there_is_none_and_none_where_there_is(
    guarded: str, node: ElasticNode, server: Server, tmp_path: Path
) -> None:
    tls = Server(f"{node.url.replace('http:', 'https:')}/{server.name}")
    assert "http://" in refusal(tls, tmp_path)[1]
    with pytest.raises(StoreUnavailable, match="https"):
        open_reader(Server(guarded.replace("https:", "http:")), tmp_path)


def test_a_server_that_is_away_is_unavailable_and_leaves_no_lock(tmp_path: Path) -> None:
    away = Server("http://127.0.0.1:1")
    for writable in (True, False, True):
        with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1 .*BAQYLAU_INDEX"):
            ElasticIndex(away, writable=writable, lock_in=tmp_path)


def test_a_password_that_is_changed_later_is_an_outage_and_not_the_end(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    server = Server(guarded, password="құпия word", ca=certificates.ca)
    index = ElasticIndex(server, writable=True, lock_in=tmp_path)
    index.put("a", 1, [document("a")])
    gate.let_in("elastic", "another")
    with pytest.raises(StoreUnavailable, match="BAQYLAU_INDEX_PASSWORD"):
        index.commit()
    with pytest.raises(StoreUnavailable):
        index.search(ALL)
    gate.let_in("elastic", "құпия word")
    index.commit()
    assert ids(index) == ["a"]
    index.close()


# --- other versions, other programs, leftovers ---------------------------------------------------


def aliased(client: Elasticsearch, index: str, alias: str, **mappings: Any) -> None:
    client.indices.create(index=index, mappings=mappings, aliases={alias: {}})


@pytest.mark.parametrize("writable", [True, False])
def test_an_index_of_another_version_is_refused_until_it_is_discarded(
    server: Server, client: Elasticsearch, tmp_path: Path, writable: bool
) -> None:
    aliased(client, f"{server.name}-v0-000001", f"{server.name}-v0")
    with pytest.raises(SchemaMismatch, match=r"schema 0.*`baqylau reindex`"):
        ElasticIndex(server, writable=writable, lock_in=tmp_path)
    discard(server, tmp_path)
    ElasticIndex(server, writable=writable, lock_in=tmp_path).close()


@pytest.mark.parametrize("writable", [True, False])
def test_an_index_of_another_program_is_refused_and_never_removed(
    server: Server, client: Elasticsearch, tmp_path: Path, writable: bool
) -> None:
    theirs = f"theirs-{server.name}"
    aliased(client, theirs, f"{server.name}-v1", _meta={"program": "other", "schema": 1})
    try:
        with pytest.raises(SchemaMismatch, match="another program"):
            ElasticIndex(server, writable=writable, lock_in=tmp_path)
        discard(server, tmp_path)
        assert client.indices.exists(index=theirs)
    finally:
        client.indices.delete(index=theirs)


def test_a_reader_that_runs_on_while_another_version_takes_over_says_so(
    server: Server, client: Elasticsearch, index: ElasticIndex, place: Place
) -> None:
    fill(index, "a")
    reader = place.open(writable=False)
    index.close()
    discard(server, place.where)
    aliased(client, f"{server.name}-v2-000001", f"{server.name}-v2")
    with pytest.raises(SchemaMismatch, match="schema 2"):
        reader.refresh()
    reader.close()


def names(client: Elasticsearch, server: Server) -> list[str]:
    return sorted(client.indices.get(index=f"{server.name}-*").body)


def test_an_old_index_goes_when_its_last_reader_does(
    index: ElasticIndex, place: Place, client: Elasticsearch, server: Server
) -> None:
    fill(index, "a")
    reader = place.open(writable=False)
    index.finish_rebuild(index.start_rebuild())
    assert reader.search(ALL).total == 1
    fill(index, "b")
    assert len(names(client, server)) == 2
    reader.refresh()
    assert reader.search(ALL).total == 1
    fill(index, "c")
    assert names(client, server) == [f"{server.name}-v1-000002"]
    reader.close()


def test_what_a_killed_rebuild_left_is_removed_when_the_next_writer_comes(
    place: Place, client: Elasticsearch, server: Server
) -> None:
    with place.elsewhere(writable=True) as other:
        assert other.answer() == "open"
        other.ask("start_rebuild")
        assert len(names(client, server)) == 2
    place.open(writable=True).close()
    assert names(client, server) == [f"{server.name}-v1-000001"]


def test_the_indices_of_a_name_that_begins_alike_are_left_alone(
    index: ElasticIndex, client: Elasticsearch, server: Server, tmp_path: Path
) -> None:
    longer = Server(f"{server.url}-v1-x")
    other = ElasticIndex(longer, writable=True, lock_in=tmp_path / "other")
    fill(other, "theirs")
    index.finish_rebuild(index.start_rebuild())
    index.close()
    discard(server, tmp_path)
    assert ids(other) == ["theirs"]
    other.close()
    discard(longer, tmp_path / "other")


def test_an_index_that_was_removed_behind_our_back_is_not_made_again_without_its_mapping(
    index: ElasticIndex, client: Elasticsearch, server: Server
) -> None:
    fill(index, "a")
    client.indices.delete(index=f"{server.name}-v1-000001")
    with pytest.raises(StoreError, match="`baqylau reindex`"):
        fill(index, "a", version=2)
    with pytest.raises(StoreError, match="`baqylau reindex`"):
        fill(index, "never seen")
    assert not client.indices.exists(index=f"{server.name}-v1-000001")


def test_no_search_leaves_a_snapshot_behind(
    index: ElasticIndex, place: Place, client: Elasticsearch, server: Server
) -> None:
    fill(index, "a")
    reader = place.open(writable=False)
    for _ in range(5):
        reader.refresh()
        reader.search(ALL)
        index.search(ALL)
        index.refresh()
    reader.close()
    index.close()
    stats = client.indices.stats(index=f"{server.name}-v1", metric="search")
    assert stats["_all"]["total"]["search"]["open_contexts"] == 0


def test_a_snapshot_that_ended_is_replaced_unseen(
    index: ElasticIndex, client: Elasticsearch
) -> None:
    fill(index, "a")
    assert ids(index) == ["a"]
    with index._snapshots.use() as snapshot:
        client.close_point_in_time(id=str(snapshot))
    assert ids(index) == ["a"]
    assert index.count_by(ALL, ["gone"]) == {("no",): 1}


# --- refusals and outages ------------------------------------------------------------------------


def test_what_the_server_refuses_is_marked_with_its_reason_and_the_rest_goes_in(
    index: ElasticIndex, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    fill(index, "bad")
    flags = (
        document("f1", "x", post_id="bad", doc_type="flag"),
        document("f2", "x", post_id="bad", doc_type="flag", candidate=["ы" * 20_000]),
    )
    index.put("good", 1, [document("good", "x")])
    index.put("bad", 2, [document("bad", "x"), *flags])
    with caplog.at_level(logging.ERROR):
        index.commit()
    assert ids(index) == ["good"]
    assert index.search(SearchRequest(doc_type="flag")).total == 0, "no half of a post is left"
    (refused,) = index.rejected()
    assert (refused.post_id, refused.version) == ("bad", 2)
    assert index.refused() == 1
    assert "immense term" in refused.reason
    assert "facet_candidate" in refused.reason
    assert "bad" in caplog.text
    assert not index.put("bad", 2, [document("bad", "x")])
    fill(index, "bad", version=3)
    assert set(ids(index)) == {"good", "bad"}
    assert index.rejected() == []
    assert index.refused() == 0
    reader = place.open(writable=False)
    assert isinstance(reader, ElasticIndex)
    assert reader.rejected() == []
    reader.close()


def blocked(client: Elasticsearch, server: Server, *, is_blocked: bool) -> None:
    """As Elasticsearch does by itself where the disk is full."""
    client.indices.put_settings(
        index=f"{server.name}-v1", settings={"index.blocks.read_only_allow_delete": is_blocked}
    )


def test_a_full_disk_refuses_nobody_for_good(
    index: ElasticIndex, client: Elasticsearch, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAUSES", (0.01, 0.01))
    fill(index, "a")
    blocked(client, server, is_blocked=True)
    index.put("b", 1, [document("b")])
    index.put("a", 2, [])
    with pytest.raises(StoreUnavailable, match="takes nothing in"):
        index.commit()
    assert ids(index) == ["a"], "searches go on"
    blocked(client, server, is_blocked=False)
    assert not index.put("b", 1, [document("b")]), "it waits already"
    index.commit()
    assert ids(index) == ["b"]
    assert index.rejected() == []


def test_a_server_that_is_busy_is_asked_again(
    index: ElasticIndex, client: Elasticsearch, server: Server
) -> None:
    fill(index, "a")
    blocked(client, server, is_blocked=True)
    threading.Timer(0.4, blocked, [client, server], {"is_blocked": False}).start()
    fill(index, "b")
    assert set(ids(index)) == {"a", "b"}


def test_a_request_too_large_for_the_way_is_split_and_only_what_is_too_large_alone_is_marked(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    gate.most_bytes = 40_000
    server = Server(guarded, password="құпия word", ca=certificates.ca)
    index = ElasticIndex(server, writable=True, lock_in=tmp_path)
    for number in range(100):
        index.put(f"p{number}", 1, [document(f"p{number}", "сөз " * 100)])
    index.put("huge", 1, [document("huge", "сөз " * 10_000)])
    index.commit()
    assert len(ids(index)) == 100
    (refused,) = index.rejected()
    assert (refused.post_id, refused.reason[:3]) == ("huge", "413")
    index.close()


def test_a_post_of_five_megabytes_is_found_by_its_last_word(index: ElasticIndex) -> None:
    text = "сайлау " * 400_000 + "соңғы"
    assert len(text.encode()) > 5_000_000
    index.put("a", 1, [document("a", text)])
    index.commit()
    assert ids(index, Word("", "соңғы", "-")) == ["a"]


def test_a_node_killed_and_started_again_loses_nothing_that_was_put(
    index: ElasticIndex, place: Place, node: ElasticNode
) -> None:
    reader = place.open(writable=False)
    fill(index, *(f"before{n}" for n in range(50)))
    for number in range(50):
        index.put(f"during{number}", 1, [document(f"during{number}")])
    node.kill()
    with pytest.raises(StoreUnavailable):
        index.commit()
    with pytest.raises(StoreUnavailable):
        reader.search(ALL)
    node.start()
    _wait_until_searched(reader)
    index.commit()
    reader.refresh()
    assert reader.search(ALL).total == 100
    fill(index, "after")
    assert "after" in ids(index)
    reader.close()


def test_of_a_post_whose_answer_was_lost_no_document_outlives_the_next_version(
    index: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Elasticsearch.bulk

    def lost(self: Elasticsearch, **options: Any) -> None:
        real(self, **options)
        raise ConnectionTimeout("the answer was lost")

    flags = [document(f"f{n}", post_id="a", doc_type="flag") for n in range(2)]
    index.put("a", 1, [document("a"), *flags])
    with monkeypatch.context() as patched:
        patched.setattr(Elasticsearch, "bulk", lost)
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            index.commit()
    index.put("a", 2, [document("a")])
    index.commit()
    assert ids(index) == ["a"]
    assert index.search(SearchRequest(doc_type="flag")).total == 0


def test_it_is_of_use_only_when_its_shards_are_open(
    guarded: str, gate: Gate, certificates: Certificates, tmp_path: Path
) -> None:
    server = Server(guarded, password="құпия word", ca=certificates.ca)
    index = ElasticIndex(server, writable=True, lock_in=tmp_path)
    index.check()
    gate.answers["/_cluster/health/"] = (408, {"timed_out": True, "status": "red"})
    with pytest.raises(StoreUnavailable, match=r"shards of .* are not open"):
        index.check()
    gate.answers.clear()
    index.check()
    index.close()


def test_a_reader_without_an_index_is_not_of_use_yet(place: Place) -> None:
    reader = place.open(writable=False)
    with pytest.raises(StoreUnavailable, match="no index yet"):
        reader.check()
    place.open(writable=True).close()
    reader.check()
    reader.close()


def _wait_until_searched(reader: Any) -> None:
    """A node answers before it has opened every index again."""
    for _ in range(100):
        try:
            reader.check()
        except StoreUnavailable:
            threading.Event().wait(0.1)
        else:
            assert reader.search(ALL).total == 50, "what says it is of use can be searched"
            return
    raise AssertionError("the index did not come back")


def test_a_hint_spares_no_promise(index: ElasticIndex, place: Place) -> None:
    fill(index, "known", version=2)
    index.close()
    opened = place.open(writable=True)
    assert isinstance(opened, ElasticIndex)
    opened.expect(["known", "new", "never put"])
    assert not opened.put("known", 2, [])
    assert opened.put("known", 3, [])
    assert opened.put("new", 1, [document("new")])
    assert not opened.put("new", 1, [])
    opened.commit()
    assert not opened.put("new", 1, [])
    assert ids(opened) == ["new"]
    opened.close()


def test_a_search_of_the_writer_never_comes_back_empty_while_a_rebuild_takes_over(
    index: ElasticIndex,
) -> None:
    fill(index, "a")
    stop = threading.Event()
    totals: set[int] = set()

    def look() -> None:
        while not stop.is_set():
            totals.add(index.search(ALL).total)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(6):
        fresh = index.start_rebuild()
        fresh.put("a", 1, [document("a")])
        index.finish_rebuild(fresh)
    stop.set()
    thread.join()
    assert totals == {1}


def test_two_writers_by_accident_never_let_an_older_version_replace_a_newer_one(
    place: Place, index: ElasticIndex, tmp_path: Path, server: Server
) -> None:
    """As after a pause of minutes on another machine, where no lock of ours is seen."""
    fill(index, "a")
    other = ElasticIndex(server, writable=True, lock_in=tmp_path / "another machine")
    assert index.put("a", 2, [document("a", "late")])
    assert other.put("a", 3, [document("a", "newest")])
    other.commit()
    index.commit()
    other.refresh()
    assert ids(other, Word("", "newest", "-")) == ["a"]
    assert ids(other, Word("", "late", "-")) == []
    assert not index.put("a", 3, [document("a", "late again")])
    other.close()


# --- wired ---------------------------------------------------------------------------------------


def test_the_setting_opens_it_and_reindex_makes_room_for_it(
    server: Server, client: Elasticsearch, tmp_path: Path
) -> None:
    settings = read_settings(data=tmp_path, index=server.url, candidates="none")
    aliased(client, f"{server.name}-v0-000001", f"{server.name}-v0")
    said = StringIO()
    assert run_reindex(settings, threading.Event(), Console(file=said)) == 0
    assert "cannot be used" in said.getvalue()
    assert names(client, server) == [f"{server.name}-v1-000002"]
    index = wiring.open_index(settings, writable=False)
    assert isinstance(index, ElasticIndex)
    assert index.search(ALL).total == 0
    index.close()


def test_the_password_file_of_the_settings_reaches_the_server(
    guarded: str, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("құпия word\n", encoding="utf-8")
    settings = read_settings(
        data=tmp_path, index=guarded, index_ca=certificates.ca,
        index_password_file=tmp_path / "password",
    )  # fmt: skip
    wiring.open_index(settings, writable=True).close()


# --- bodies --------------------------------------------------------------------------------------

DEEP = [
    "a OR b NOT (", "a (b OR ", "a OR NOT (b ", "(a OR b) (c OR ", "NOT (a OR ", "NOT (a ",
]  # fmt: skip


@pytest.mark.parametrize("opening", DEEP)
def test_the_deepest_query_of_the_grammar_is_answered(index: ElasticIndex, opening: str) -> None:
    fill(index, "x")
    levels = MAX_DEPTH if opening[0] != "(" else MAX_DEPTH - 1
    query = opening * levels + "zz" + ")" * levels
    node = parse(query, LemmaAnalyzer())
    index.search(SearchRequest(node=node))


def test_a_tree_that_no_server_would_take_is_an_invalid_query() -> None:
    node: Node = Word("", "a", "a")
    for number in range(80):
        both = And((node, FieldIs("rule", str(number))))
        node = Or((both, FieldIs("act", "b"))) if number % 2 else Not(both)
    with pytest.raises(InvalidQuery):
        matching(SearchRequest(node=node))


def test_ids_and_versions_that_no_server_takes_are_refused_before_they_are_sent(
    index: ElasticIndex,
) -> None:
    for post_id, version in (("x" * 500, 1), ("a", -1), ("a", 1 << 63)):
        with pytest.raises(InvalidInput):
            index.put(post_id, version, [])
    assert index.put(id_of("web", "https://a/" + "x" * 10_000), 0, [])
