"""Two machines on one archive whose clocks are five minutes apart; what they hand in stays true."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive_world import NOW, capture, judgement, later, outcome, post, save

from core.ports import Archive
from core.when import Interval

AHEAD = timedelta(minutes=5)


def test_a_due_source_is_visited_by_one_of_them(archive: Archive) -> None:
    (claim,) = archive.claim_sources("ahead", NOW + AHEAD, ttl_s=60, limit=9)
    assert archive.claim_sources("behind", NOW, ttl_s=60, limit=9) == []
    assert archive.claim_sources("behind", NOW + timedelta(hours=9), ttl_s=60, limit=9) == []
    done = NOW + AHEAD
    archive.finish_source(claim.lease, at=done, next_due=done + timedelta(minutes=10))
    assert archive.claim_sources("behind", later(minutes=14), ttl_s=60, limit=9) == []
    (again,) = archive.claim_sources("behind", later(minutes=15), ttl_s=60, limit=9)
    assert again.runs == 1


def test_work_is_leased_by_the_clock_of_the_store_alone(archive: Archive) -> None:
    save(archive, [post(1)])
    (work,) = archive.lease_work("ahead", ttl_s=60, limit=9)
    assert archive.lease_work("behind", ttl_s=60, limit=9) == []
    made = outcome(work, judgement(work, at=NOW + AHEAD))
    assert archive.save_outcomes([made]) == []
    counts = archive.counts()
    assert counts.at is not None
    assert counts.oldest_index_pending is not None
    # Neither machine's clock: both would tell another age than the other.
    assert timedelta() <= counts.at - counts.oldest_index_pending < timedelta(minutes=1)


def last_seen(archive: Archive) -> datetime:
    (state,) = archive.states(archive.post_ids()).values()
    found = state.record.last_seen
    return found.at


def test_what_was_seen_last_is_not_seen_earlier_again(archive: Archive) -> None:
    save(archive, [post(1)], NOW + AHEAD)
    save(archive, [post(1)], later(minutes=1))
    assert last_seen(archive) == NOW + AHEAD
    save(archive, [post(1)], later(minutes=6))
    assert last_seen(archive) == later(minutes=6)


def test_gone_is_never_before_it_was_seen_and_is_noted_when_the_slow_clock_came_there(
    archive: Archive,
) -> None:
    save(archive, [post(1)], NOW + AHEAD)
    ids = archive.post_ids()
    assert archive.save_gone(ids, at=later(minutes=1), evidence=capture(later(minutes=1))) == 0
    assert archive.save_gone(ids, at=later(minutes=6), evidence=capture(later(minutes=6))) == 1
    (state,) = archive.states(ids).values()
    assert state.record.gone == Interval(NOW + AHEAD, later(minutes=6))


def test_revisions_stand_in_the_order_in_which_they_came(archive: Archive) -> None:
    save(archive, [post(1, "первый текст")], NOW + AHEAD)
    save(archive, [post(1, "второй текст")], later(minutes=1))
    (state,) = archive.states(archive.post_ids()).values()
    assert [one.post.text for one in state.record.revisions] == ["первый текст", "второй текст"]
    assert [one.number for one in state.record.revisions] == [1, 2]
