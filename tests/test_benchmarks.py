"""The benches in a tiny size: each runs to its figures, and measures what it says it measures."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from benchmarks import (
    crawl,
    demo,
    feed,
    flat,
    law,
    many,
    names,
    pages,
    report,
    search,
    search_store,
    sides,
)
from benchmarks.heartbeat import Heartbeat
from benchmarks.report import Figure, write_readme
from core.query import SearchRequest
from core.store.sql_archive import open_archive
from core.store.tantivy_index import TantivyIndex
from crawler.parsers.article import parse_article
from nlp.analyzer import LemmaAnalyzer
from tests.services.elastic import node
from tests.services.postgres import why_not


def by_name(figures: list[Figure], part: str) -> Figure:
    return next(one for one in figures if part in one.what)


def test_heartbeat_sees_a_loop_that_was_blocked() -> None:
    async def main() -> tuple[float, float]:
        heart = Heartbeat()
        beating = asyncio.create_task(heart.run())
        await asyncio.sleep(0.05)
        heart.take()
        time.sleep(0.2)
        await asyncio.sleep(0.02)
        blocked = heart.take()
        await asyncio.sleep(0.02)
        beating.cancel()
        return blocked, heart.take()

    blocked, free = asyncio.run(main())
    assert blocked > 0.15
    assert free < blocked


def test_generated_pages_are_of_the_size_of_real_ones_and_have_an_article() -> None:
    made = list(pages.generated_pages(2))
    assert made == list(pages.generated_pages(2))
    for page in made:
        assert 0.9 < len(page) / pages.SIZE < 1.2
        post = parse_article(page, url="http://example.kz/1", now=datetime.now(UTC))
        assert len(post.text) > 1000
        assert post.published is not None


def test_crawl_reads_every_page_beside_its_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crawl, "OUT", tmp_path)
    monkeypatch.setattr(pages, "REAL", tmp_path / "none")
    figures = crawl.run(limit=3, copies=2, workers=[1], rounds=1)
    assert "(6 posts, 0 gaps)" in " ".join(capsys.readouterr().out.split())
    speed = by_name(figures, "generated pages")
    assert speed.value > 0
    assert speed.ratio
    assert 0 < by_name(figures, "longest pause").value < 10_000
    assert list(tmp_path.iterdir()) == []


def test_names_are_found_by_both_and_recall_is_a_share() -> None:
    figures = names.run(candidates=20, posts=60)
    assert by_name(figures, "posts read").ratio
    assert 0 < by_name(figures, "recall").value <= 1


def test_law_is_a_part_of_the_pipelines_time() -> None:
    (figure,) = law.run(64)
    assert figure.ratio is not None
    assert 0 < figure.ratio < 1


def test_search_asks_the_api_and_tantivy_the_same_and_its_store_is_used_again(
    tmp_path: Path,
) -> None:
    figures = search.run(400, 3.0, tmp_path)
    assert {one.bench for one in figures} == {"search"}
    assert all(one.value > 0 and one.ratio for one in figures)
    share = by_name(figures, "p95 of a word").what.split(" in ")[1].split("%")[0]
    assert 15 <= int(share) <= 30
    (store,) = tmp_path.iterdir()
    stamp = (store / "indexed").stat().st_mtime_ns
    search_store.built(tmp_path, 400)
    assert (store / "indexed").stat().st_mtime_ns == stamp


def test_sides_ask_both_indexes_and_what_one_has_the_other_finds(tmp_path: Path) -> None:
    if lacking := node.missing():
        pytest.skip(f"needs {lacking}")
    world = search_store.world_of(100)
    paths = sides.targets(world)
    assert len(set(paths)) == len(paths) == 50
    figures = sides.run(100, tmp_path)
    assert [one.what[:3] for one in figures] == ["p50", "p95"]
    assert all(one.value > 0 and one.ratio for one in figures)


def test_feed_brings_in_what_its_baseline_does() -> None:
    if lacking := node.missing():
        pytest.skip(f"needs {lacking}")
    # Processor time has ticks of 10 ms: of 120 posts a process may have none.
    figures = feed.run(posts=1_000, rounds=1)
    assert {one.bench for one in figures} == {"feed"}
    assert all(one.value > 0 and one.ratio for one in figures)
    made, actions = feed._made(20)
    assert sum(len(documents) for _, documents in made) == len(actions) >= 20


def test_a_stopped_build_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_store, "CHUNK", 40)
    real, done = search_store.put_chunk, list[int]()

    def stopped_in_the_second(
        world: object, engine: object, index: object, first: int, last: int
    ) -> None:
        if first == 40 and done == [0]:
            done.append(-1)
            raise KeyboardInterrupt
        real(world, engine, index, first, last)  # type: ignore[arg-type]
        done.append(first)

    monkeypatch.setattr(search_store, "put_chunk", stopped_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        search_store.built(tmp_path, 100)
    store = search_store.built(tmp_path, 100)
    assert done == [0, -1, 40, 80]
    archive = open_archive(store.settings.archive_url)
    index = TantivyIndex(store.settings.index_dir, writable=False)
    counts = archive.counts()
    assert counts.posts == 100
    assert counts.index_pending == 0
    assert index.search(SearchRequest()).total == 100
    assert index.search(SearchRequest(doc_type="flag")).total <= counts.flags_current
    states = archive.states(archive.post_ids(limit=5))
    assert all(state.captures and state.annotations for state in states.values())
    archive.close()
    index.close()


def test_words_of_generated_posts_are_indexed_as_the_analyzer_reads_them() -> None:
    words = LemmaAnalyzer()
    world = search_store.world_of(60)
    for made in world.posts(0, 60):
        text = made.state.record.revisions[0].post.full_text
        read = [(one.lemma_kk, one.lemma_ru) for one in words.tokens(text)]
        assert read == [(one.lemma_kk, one.lemma_ru) for one in made.tokens.tokens(text)]


def test_many_saves_what_its_baseline_saves_and_leases_nothing_twice() -> None:
    if reason := why_not():
        pytest.skip(reason)
    figures = many.run(saved=150, rounds=1, leased=300, batches=1, workers=2, leasers=2,
                       wait_s=0.002)  # fmt: skip
    assert by_name(figures, "judged posts saved").ratio
    assert by_name(figures, "posts leased").value > 0
    assert (by_name(figures, "posts judged by 2 workers").ratio or 0) > 1


def test_flat_brings_fresh_posts_into_a_store_of_each_size() -> None:
    if lacking := node.missing() or why_not():
        pytest.skip(f"needs {lacking}")
    figures = flat.run(sizes=(60, 150), fresh=40, turns=1)
    assert len(figures) == 4
    assert all(one.value > 0 and one.ratio for one in figures)
    assert {one.what.rpartition(", ")[2] for one in figures} == {
        "SQLite and tantivy", "PostgreSQL and Elasticsearch",
    }  # fmt: skip


def test_demo_shows_a_flag_and_ends_in_order() -> None:
    figures = demo.run(settled_s=1.0)
    assert 0 < by_name(figures, "first flag").value < demo.LIMIT_S
    memory = psutil.virtual_memory().total / 1e6
    assert 10 < by_name(figures, "PSS").value <= by_name(figures, "RSS").value < memory
    assert by_name(figures, "Ctrl-C").value < 40


def test_figures_of_benches_that_did_not_run_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# Benchmarks\n\n{report.MARK}\n", encoding="utf-8")
    monkeypatch.setattr(report, "README", readme)
    at = datetime(2026, 1, 2, tzinfo=UTC)
    write_readme([Figure("law", "a", 1.0, "us", "b", 2.0), Figure("crawl", "c", 3.0, "ms")], at)
    write_readme([Figure("law", "a", 5.0, "us", "b", 2.0)], at)
    text = readme.read_text(encoding="utf-8")
    assert "2.5x" in text
    assert "0.5x" not in text
    assert "| crawl | c | 3 ms" in text
    assert text.count("| bench |") == 1
