"""Every method of an archive once, for tests that look at the statements that it runs."""

from __future__ import annotations

from archive_world import NOW, capture, judge_all, later, post, save, source

from core.model import Decision
from core.ports import Archive


def every_query(archive: Archive) -> None:
    """Each method once, with something to find."""
    [claimed] = archive.claim_sources("w", NOW, ttl_s=60, limit=5)
    archive.finish_source(claimed.lease, at=NOW, next_due=NOW)
    ids = [one.post_id for one in save(archive, [post(n) for n in range(3)])]
    save(archive, [post(1, "два", aliases=("dala/x",))], later(minutes=1))
    archive.save_posts("dala", [post(1, "один")], seen_at=NOW, evidence=capture())
    judge_all(archive)
    archive.requeue()
    judge_all(archive, ruleset="r2")
    archive.schedule_looks({ids[0]: NOW})
    archive.due_looks("dala", NOW, limit=5)
    archive.live_posts("dala", limit=5)
    states = archive.states(ids)
    flag = states[ids[0]].flags[0]
    archive.flag_posts([flag.id])
    archive.append_decision(Decision(flag.id, "confirmed", "a", "", NOW))
    archive.save_gone(ids[:1], at=later(hours=1), evidence=capture(later(hours=1)))
    archive.captures("a" * 64)
    archive.known("telegram", ["dala/1"])
    archive.stored_annotations(["x"], "v1")
    archive.index_done(archive.index_batch(limit=5))
    archive.post_ids(limit=5)
    archive.gaps("dala", limit=5)
    archive.source_health(NOW)
    archive.release_work(archive.lease_work("w", ttl_s=60, limit=1))
    archive.audit()
    archive.register_sources([source(role="state_body")], NOW)
