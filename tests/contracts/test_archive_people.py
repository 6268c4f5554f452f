"""Archive: decisions stay on their flags, the audit chain tells on whoever changes it, leases."""

from __future__ import annotations

import time

import pytest
from archive_world import NOW, judge_all, later, post, save

from core.errors import LeaseLost, NotFound, StoreUnavailable
from core.model import Decision
from core.ports import Archive

SHORT = 0.05


def test_decisions_stay_on_their_flag_in_order_also_when_it_is_no_longer_current(
    archive: Archive,
) -> None:
    [saved] = save(archive, [post()])
    judge_all(archive, ruleset="r1")
    flag_id = archive.states([saved.post_id])[saved.post_id].flags[0].id
    said = [
        Decision(flag_id, "confirmed", "aigerim", "ясно", later(minutes=2)),
        Decision(flag_id, "undone", "aigerim", "не то", later(minutes=1)),
    ]
    for one in said:
        archive.append_decision(one)
    archive.requeue()
    judge_all(archive, ruleset="r2", at=later(hours=1))
    current, old = archive.states([saved.post_id])[saved.post_id].flags
    assert (current.current, current.decisions) == (True, ())
    assert (old.current, old.id, list(old.decisions)) == (False, flag_id, said)


def test_a_decision_on_an_unknown_flag_is_not_found(archive: Archive) -> None:
    with pytest.raises(NotFound, match="nothing"):
        archive.append_decision(Decision("nothing", "confirmed", "a", "", NOW))


def append(archive: Archive, number: int) -> object:
    return archive.append_audit(
        at=later(seconds=number),
        actor="aigerim",
        action="evidence.read",
        subject=f"sha256:{number}",
        detail={"why": "проверка", "pages": [1, 2], "n": number},
    )


def test_audit_lines_are_numbered_chained_and_come_back_as_they_were(archive: Archive) -> None:
    lines = [append(archive, n) for n in range(5)]
    assert [one.number for one in lines] == [1, 2, 3, 4, 5]
    assert len({one.chain for one in lines}) == 5
    assert archive.audit() == lines
    assert archive.audit(after=2, limit=2) == lines[2:4]
    assert archive.verify_audit() is None


def test_two_archives_with_the_same_lines_have_the_same_chain(archive: Archive) -> None:
    # SHA-256 of the canonical JSON, written out once: whoever keeps a copy can check it elsewhere.
    line = archive.append_audit(at=NOW, actor="a", action="b", subject="c", detail={})
    assert line.chain == "fdc1b98b5cb341ee4355dc653b7062329461df6f41c06834a8cfc6c42f22e447"


def test_an_empty_audit_log_holds(archive: Archive) -> None:
    assert archive.verify_audit() is None
    assert archive.audit() == []


def test_audit_lines_with_odd_text_still_hold(archive: Archive) -> None:
    archive.append_audit(
        at=NOW, actor="a\0", action="b", subject="\ud800", detail={"k\0": ["\udfff", 1.5, None]}
    )
    assert archive.verify_audit() is None
    assert archive.audit()[0].detail == {"k": ["", 1.5, None]}


# --- leases --------------------------------------------------------------------------------------


def test_a_lease_is_one_workers_until_it_is_released(archive: Archive) -> None:
    lease = archive.acquire("indexer", "a", ttl_s=60)
    assert lease is not None
    assert archive.acquire("indexer", "b", ttl_s=60) is None
    assert archive.acquire("other", "b", ttl_s=60) is not None
    archive.release(lease)
    archive.release(lease)
    assert archive.acquire("indexer", "b", ttl_s=60) is not None


def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_token(archive: Archive) -> None:
    first = archive.acquire("indexer", "a", ttl_s=SHORT)
    time.sleep(SHORT + 0.01)
    second = archive.acquire("indexer", "b", ttl_s=60)
    assert first is not None
    assert second is not None
    assert second.token > first.token
    with pytest.raises(LeaseLost):
        archive.renew(first, ttl_s=60)
    archive.release(first)
    assert archive.acquire("indexer", "c", ttl_s=60) is None


def test_tokens_grow_also_after_a_lease_was_released(archive: Archive) -> None:
    tokens = []
    for _ in range(3):
        lease = archive.acquire("indexer", "a", ttl_s=60)
        assert lease is not None
        tokens.append(lease.token)
        archive.release(lease)
    assert tokens == sorted(set(tokens))


def test_a_renewed_lease_outlives_its_first_end(archive: Archive) -> None:
    lease = archive.acquire("indexer", "a", ttl_s=1)
    assert lease is not None
    renewed = archive.renew(lease, ttl_s=60)
    assert renewed.token == lease.token
    assert renewed.until > lease.until
    time.sleep(1.01)
    assert archive.acquire("indexer", "b", ttl_s=60) is None


def test_a_worker_that_starts_again_takes_its_own_lease_afresh(archive: Archive) -> None:
    before = archive.acquire("indexer", "a", ttl_s=60)
    after = archive.acquire("indexer", "a", ttl_s=60)
    assert before is not None
    assert after is not None
    with pytest.raises(LeaseLost):
        archive.renew(before, ttl_s=60)


def test_a_closed_archive_is_unavailable(archive: Archive) -> None:
    archive.close()
    with pytest.raises(StoreUnavailable):
        archive.counts()
