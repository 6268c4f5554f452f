"""From pending to judged: what is computed once, what a failing text does, what a crash leaves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.election import Election
from core.identity import post_id
from core.model import Annotation
from core.store.sql_archive import SqlArchive
from monitor.jobs import FIRST_BATCH, Worker
from monitor.pipeline import ATTEMPTS, STEP, Pipeline
from tests.monitor.conftest import NOW, FixedClock, MarkReader, post, save, source


@pytest.fixture
def reader() -> MarkReader:
    return MarkReader()


@pytest.fixture
def pipeline(archive: SqlArchive, election: Election, reader: MarkReader) -> Pipeline:
    return Pipeline(archive, reader, election, FixedClock(), "worker-1")


def rules(archive: SqlArchive, number: int) -> dict[str, str]:
    state = archive.states([post_id("telegram", f"ours/{number}")])
    flags = next(iter(state.values())).flags
    current = [flag.judgement.flags[flag.flag_number] for flag in flags if flag.current]
    return {flag.rule: flag.verdict for flag in current}


def test_a_pending_post_is_judged_once_and_owed_to_the_index(
    archive: SqlArchive, pipeline: Pipeline
) -> None:
    save(archive, post(1, "VOTE for us"), post(2, "rain tomorrow"))
    assert pipeline.run_batch() == 2
    assert pipeline.run_batch() == 0
    assert rules(archive, 1)["silence_violation"] == "violation"
    assert rules(archive, 2) == {}
    assert {owed for owed, _ in archive.index_batch(limit=10)} == {
        post_id("telegram", "ours/1"),
        post_id("telegram", "ours/2"),
    }


def test_one_text_is_read_once_however_many_posts_carry_it(
    archive: SqlArchive, pipeline: Pipeline, reader: MarkReader
) -> None:
    save(archive, post(1, "VOTE"), post(2, "VOTE"))
    pipeline.run_batch()
    save(archive, post(3, "VOTE"))
    pipeline.run_batch()
    assert reader.read == ["VOTE"]
    assert rules(archive, 3)["silence_violation"] == "violation"


def test_a_failing_text_is_set_aside_after_some_tries_and_the_rest_goes_on(
    archive: SqlArchive, pipeline: Pipeline
) -> None:
    save(archive, post(1, "BROKEN"), post(2, "VOTE"))
    for _ in range(ATTEMPTS):
        pipeline.run_batch()
    assert pipeline.run_batch() == 0
    assert rules(archive, 2)
    counts = archive.counts()
    assert (counts.pending, counts.parked) == (0, 1)


def test_what_a_worker_held_when_it_broke_is_given_back(
    archive: SqlArchive, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(archive, post(1, "VOTE"))
    monkeypatch.setattr(archive, "save_outcomes", lambda outcomes: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pipeline.run_batch()
    monkeypatch.undo()
    assert pipeline.run_batch() == 1


def test_a_slow_reader_gives_back_what_its_lease_would_not_last_for(
    archive: SqlArchive, pipeline: Pipeline, reader: MarkReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(archive, *(post(number, f"VOTE {number}") for number in range(1, 2 * STEP + 2)))
    clock, quick = FixedClock(), reader.annotate

    def slow(texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        clock.at += timedelta(seconds=pipeline.lease_s)
        return quick(texts)

    monkeypatch.setattr(reader, "annotate", slow)
    late = replace(pipeline, clock=clock)
    assert [late.run_batch() for _ in range(4)] == [STEP, STEP, 1, 0]
    assert len(reader.read) == 2 * STEP + 1


def test_a_new_rule_version_judges_again_and_keeps_the_old_flags(
    archive: SqlArchive, pipeline: Pipeline
) -> None:
    save(archive, post(1, "VOTE"))
    pipeline.run_batch()
    archive.requeue()
    later = replace(pipeline, ruleset="another")
    assert later.run_batch() == 1
    flags = next(iter(archive.states([post_id("telegram", "ours/1")]).values())).flags
    silence = [f for f in flags if f.judgement.flags[f.flag_number].rule == "silence_violation"]
    assert sorted(flag.current for flag in silence) == [False, True]


def test_judging_the_same_again_adds_nothing(archive: SqlArchive, pipeline: Pipeline) -> None:
    save(archive, post(1, "VOTE"))
    pipeline.run_batch()
    before = archive.states([post_id("telegram", "ours/1")])
    archive.requeue()
    pipeline.run_batch()
    after = archive.states([post_id("telegram", "ours/1")])
    assert [s.flags for s in after.values()] == [s.flags for s in before.values()]


def test_a_corrected_role_is_judged_anew(archive: SqlArchive, pipeline: Pipeline) -> None:
    save(archive, post(1, "VOTE"))
    pipeline.run_batch()
    assert "barred_campaigner" not in rules(archive, 1)
    corrected = replace(source(), account=replace(source().account, role="state_body"))
    archive.register_sources([corrected], NOW)
    archive.requeue()
    pipeline.run_batch()
    assert rules(archive, 1)["barred_campaigner"] == "violation"


class Asked:
    """Stands for a pipeline with plenty to do, and for an indexer with nothing."""

    def __init__(self, stop: threading.Event, *answers: int) -> None:
        self.batch, self.asked, self.stop, self.answers = 20, list[int](), stop, list(answers)

    def run_batch(self, most: int) -> int:
        self.asked.append(most)
        judged = self.answers.pop(0)
        if not self.answers:
            self.stop.set()
        return judged

    def follow(self) -> int:
        return 0

    def close(self) -> None: ...


def test_the_first_batch_is_small_and_each_may_be_twice_the_one_before() -> None:
    stop = threading.Event()
    asked = Asked(stop, 0, 8, 16, 20, 20)
    Worker(asked, asked, stop).run()  # type: ignore[arg-type]
    assert asked.asked == [FIRST_BATCH, FIRST_BATCH, 2 * FIRST_BATCH, 20, 20]


def test_a_batch_takes_no_more_than_was_asked_for(archive: SqlArchive, pipeline: Pipeline) -> None:
    save(archive, post(1, "VOTE"), post(2, "rain"), post(3, "sun"))
    assert [pipeline.run_batch(2), pipeline.run_batch(2), pipeline.run_batch(2)] == [2, 1, 0]
