"""Archive: who is watched, who is due, how each does, and what was missed."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from archive_world import NOW, gap, later, post, save, source

from core.errors import InvalidInput, LeaseLost
from core.model import Lease, SourceHealth
from core.ports import Archive, Validators

SHORT = 0.05


def health(archive: Archive, name: str = "dala", now: datetime = NOW) -> SourceHealth:
    return next(one for one in archive.source_health(now) if one.source.id == name)


def claim(archive: Archive, now: datetime = NOW, *, limit: int = 9, ttl_s: float = 60) -> list[str]:
    return [one.source.id for one in archive.claim_sources("w", now, ttl_s=ttl_s, limit=limit)]


def test_a_new_source_is_due_at_once_and_a_known_one_keeps_health_and_due_time(
    archive: Archive,
) -> None:
    [claimed] = archive.claim_sources("w", NOW, ttl_s=60, limit=9)
    assert (claimed.source, claimed.runs, claimed.last_success) == (source(), 0, None)
    archive.finish_source(claimed.lease, at=NOW, next_due=later(hours=1))
    archive.register_sources([source(), source("astana")], later(minutes=5))
    assert health(archive).next_due == later(hours=1)
    assert health(archive).last_success == NOW
    assert health(archive, "astana").next_due == later(minutes=5)
    assert claim(archive, later(minutes=4)) == []
    assert claim(archive, later(minutes=5)) == ["astana"]


def test_a_source_that_is_no_longer_listed_is_inactive_and_comes_back_with_its_health(
    archive: Archive,
) -> None:
    archive.register_sources([], NOW)
    assert not health(archive).active
    assert claim(archive) == []
    archive.register_sources([source()], later(hours=1))
    assert health(archive).active
    assert health(archive).next_due == NOW


def test_registering_twice_changes_nothing(archive: Archive) -> None:
    before = archive.source_health(NOW)
    archive.register_sources([source()], later(hours=1))
    assert archive.source_health(NOW) == before


def test_the_longest_due_comes_first_and_no_more_than_asked(archive: Archive) -> None:
    for minutes, name in enumerate(["c", "a", "b"]):
        known = [one.source for one in archive.source_health(NOW)]
        archive.register_sources([*known, source(name)], later(minutes=minutes + 1))
    assert claim(archive, later(hours=1), limit=3) == ["dala", "c", "a"]
    assert claim(archive, later(hours=1), limit=3) == ["b"]
    assert [one.source.id for one in archive.source_health(NOW)] == ["a", "b", "c", "dala"]


def test_a_source_is_in_one_claim_at_a_time(archive: Archive) -> None:
    assert claim(archive) == ["dala"]
    assert claim(archive) == []


def test_a_claim_whose_lease_ran_out_is_claimed_again_and_can_no_longer_be_ended(
    archive: Archive,
) -> None:
    [first] = archive.claim_sources("dead", NOW, ttl_s=SHORT, limit=9)
    time.sleep(SHORT + 0.01)
    [again] = archive.claim_sources("w", NOW, ttl_s=60, limit=9)
    with pytest.raises(LeaseLost):
        archive.finish_source(first.lease, at=NOW, next_due=later(hours=1), gap=gap())
    assert archive.counts().gaps == 0
    assert health(archive).failures_in_a_row == 0
    archive.finish_source(again.lease, at=NOW, next_due=later(hours=1))


def test_a_claim_cannot_be_ended_twice(archive: Archive) -> None:
    [claimed] = archive.claim_sources("w", NOW, ttl_s=60, limit=9)
    archive.finish_source(claimed.lease, at=NOW, next_due=NOW)
    with pytest.raises(LeaseLost):
        archive.finish_source(claimed.lease, at=NOW, next_due=NOW)
    with pytest.raises(LeaseLost):
        archive.finish_source(Lease("source:nobody", "w", 1, NOW), at=NOW, next_due=NOW)


def test_failures_in_a_row_end_with_a_success_and_leave_their_gaps(archive: Archive) -> None:
    for hours, failed in enumerate([True, True, False, True]):
        [claimed] = archive.claim_sources("w", later(hours=hours), ttl_s=60, limit=9)
        missed = gap(later(hours=hours)) if failed else None
        archive.finish_source(
            claimed.lease, at=later(hours=hours), next_due=later(hours=hours + 1), gap=missed
        )
        if hours == 1:
            assert health(archive).failures_in_a_row == 2
            assert health(archive).last_success is None
    now = health(archive)
    assert (now.failures_in_a_row, now.last_success) == (1, later(hours=2))
    assert now.last_attempt == later(hours=3)
    assert now.last_gap == gap(later(hours=3))
    assert [one.at for one in archive.gaps("dala", limit=2)] == [later(hours=3), later(hours=1)]
    assert archive.counts().gaps == 3
    [claimed] = archive.claim_sources("w", later(hours=9), ttl_s=60, limit=9)
    assert (claimed.runs, claimed.last_success) == (4, later(hours=2))


def test_a_gap_of_one_page_is_no_failure_of_its_source(archive: Archive) -> None:
    archive.record_gap(gap(reason="page 2: 404"))
    assert health(archive).last_gap == gap(reason="page 2: 404")
    assert health(archive).failures_in_a_row == 0


def test_a_gap_is_kept_where_nobody_registered_its_source(archive: Archive) -> None:
    archive.record_gap(gap(source_id="observer", reason="odd \ud800 bytes\0"))
    assert archive.gaps("observer", limit=9)[0].reason == "odd  bytes"
    assert archive.gaps("dala", limit=9) == []


def test_health_counts_posts_of_the_last_day_and_of_all_time(archive: Archive) -> None:
    save(archive, [post(1)], later(days=-1))
    save(archive, [post(2), post(3)], later(hours=-2))
    save(archive, [post(2, "другой текст")], later(hours=-1))
    now = health(archive)
    assert (now.posts_total, now.posts_last_day) == (3, 2)
    assert now.last_new_post == later(hours=-2)
    assert health(archive, now=later(days=9)).posts_last_day == 0


def test_who_speaks_is_read_from_the_source_and_the_index_hears_of_a_change(
    archive: Archive,
) -> None:
    [saved] = save(archive, [post()])
    [(_, version)] = archive.index_batch(limit=9)
    archive.index_done([(saved.post_id, version)])
    archive.register_sources([source(role="state_body")], NOW)
    assert archive.states([saved.post_id])[saved.post_id].record.account.role == "state_body"
    assert archive.index_batch(limit=9) == [(saved.post_id, version + 1)]


def test_validators_are_of_a_url_in_any_spelling_and_the_last_ones_count(archive: Archive) -> None:
    url = "https://a.kz/feed?b=2&a=1"
    assert archive.validators(url) == Validators()
    archive.save_validators(url, Validators('"1"', ""))
    archive.save_validators("https://A.kz:443/feed?a=1&b=2#top", Validators('W/"2"', "Sat, 18 Mar"))
    assert archive.validators(url) == Validators('W/"2"', "Sat, 18 Mar")
    assert archive.validators("https://a.kz/feed") == Validators()


def test_validators_of_a_very_long_url(archive: Archive) -> None:
    long = "https://a.kz/?" + "q=" + "x" * 20_000
    archive.save_validators(long, Validators('"1"'))
    assert archive.validators(long) == Validators('"1"')


def test_validators_of_what_is_no_url_are_refused(archive: Archive) -> None:
    with pytest.raises(InvalidInput):
        archive.save_validators("file:///etc/passwd", Validators())
