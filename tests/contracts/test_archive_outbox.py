"""Archive: the index hears of every change, and forgets only the version it has seen."""

from __future__ import annotations

import time

from archive_world import NOW, capture, judge_all, later, post, save

from core.ports import Archive
from core.when import Instant


def pending(archive: Archive) -> dict[str, int]:
    return dict(archive.index_batch(limit=99))


def test_every_change_the_index_must_see_makes_the_version_grow(archive: Archive) -> None:
    [saved] = save(archive, [post(1, "один")])
    versions = [pending(archive)[saved.post_id]]
    changes = [
        lambda: save(archive, [post(1, "два")], later(minutes=1)),
        lambda: judge_all(archive),
        lambda: archive.save_gone(
            [saved.post_id], at=later(hours=1), evidence=capture(later(hours=1))
        ),
        lambda: archive.save_posts("dala", [post(1, "два")], seen_at=later(hours=2), evidence=None),
    ]
    for change in changes:
        change()
        versions.append(pending(archive)[saved.post_id])
        state = archive.states([saved.post_id])[saved.post_id]
        assert state.index_version == versions[-1]
    assert versions == sorted(set(versions))


def test_a_time_that_a_post_claims_only_later_is_known_and_heard_of(archive: Archive) -> None:
    [saved] = save(archive, [post(1, published=None)])
    before = pending(archive)[saved.post_id]
    claimed = Instant(later(hours=-9))
    archive.save_posts("dala", [post(1, published=claimed)], seen_at=NOW, evidence=None)
    record = archive.states([saved.post_id])[saved.post_id].record
    assert record.claimed_published == claimed
    assert pending(archive)[saved.post_id] == before + 1


def test_done_with_an_old_version_leaves_the_newer_one_pending(archive: Archive) -> None:
    [saved] = save(archive, [post(1, "один")])
    [old] = archive.index_batch(limit=9)
    save(archive, [post(1, "два")], later(minutes=1))
    archive.index_done([old])
    [newer] = archive.index_batch(limit=9)
    assert newer[0] == saved.post_id
    assert newer[1] > old[1]
    archive.index_done([newer, ("unknown", 1)])
    assert archive.index_batch(limit=9) == []
    assert archive.counts().index_pending == 0


def test_versions_go_on_growing_after_all_was_acknowledged(archive: Archive) -> None:
    save(archive, [post(1, "один")])
    [(_, first)] = archive.index_batch(limit=9)
    archive.index_done(archive.index_batch(limit=9))
    save(archive, [post(1, "два")], later(minutes=1))
    assert archive.index_batch(limit=9)[0][1] > first


def test_what_waits_longest_comes_first_and_keeps_its_place(archive: Archive) -> None:
    ids = []
    for number in range(4):
        ids += [one.post_id for one in save(archive, [post(number)])]
        time.sleep(0.003)  # waits are told apart to the millisecond
    save(archive, [post(0, "изменён")], later(minutes=1))
    assert [post_id for post_id, _ in archive.index_batch(limit=4)] == ids
    assert archive.index_batch(limit=2) == archive.index_batch(limit=4)[:2]


def test_post_ids_come_in_order_of_code_points_page_by_page(archive: Archive) -> None:
    ids = sorted(one.post_id for one in save(archive, [post(n) for n in range(7)]))
    assert archive.post_ids() == ids
    assert archive.post_ids(limit=3) == ids[:3]
    assert archive.post_ids(after=ids[2], limit=3) == ids[3:6]
    assert archive.post_ids(after=ids[-1]) == []
