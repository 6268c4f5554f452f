"""Archive: work is handed out under leases, judged once, and every judgement ever made stays."""

from __future__ import annotations

import time

import pytest
from archive_world import NOW, capture, flag, judge_all, judgement, later, outcome, post, save

from core.errors import InvalidInput, StoreError
from core.identity import SEQUENCE_BITS
from core.ports import Archive, JudgedFlag, PostState, Work
from core.store.sql_archive import SqlArchive

SHORT = 0.05


def lease_one(archive: Archive, worker: str = "w", *, ttl_s: float = 60) -> Work:
    [work] = archive.lease_work(worker, ttl_s=ttl_s, limit=1)
    return work


def state(archive: Archive, work: Work) -> PostState:
    return archive.states([work.record.id])[work.record.id]


def rulesets(flags: tuple[JudgedFlag, ...]) -> list[tuple[str, bool]]:
    return [(one.judgement.ruleset_hash, one.current) for one in flags]


# --- the queue -----------------------------------------------------------------------------------


def test_work_comes_oldest_first_and_none_twice_under_live_leases(archive: Archive) -> None:
    save(archive, [post(3), post(1)])
    save(archive, [post(2)], later(minutes=1))
    first = archive.lease_work("a", ttl_s=60, limit=2)
    second = archive.lease_work("b", ttl_s=60, limit=2)
    assert [one.record.revisions[0].post.native_id for one in first] == ["dala/3", "dala/1"]
    assert [one.record.revisions[0].post.native_id for one in second] == ["dala/2"]
    assert archive.lease_work("c", ttl_s=60, limit=2) == []
    assert [one.attempts for one in first + second] == [1, 1, 1]


def test_work_of_a_revised_post_names_the_revision_that_waits(archive: Archive) -> None:
    save(archive, [post(1, "один")])
    judge_all(archive)
    save(archive, [post(1, "два")], later(minutes=1))
    work = lease_one(archive)
    assert (work.revision.number, work.revision.post.text) == (2, "два")
    assert len(work.record.revisions) == 2


def test_the_work_of_a_worker_that_died_comes_back_after_its_lease(archive: Archive) -> None:
    save(archive, [post()])
    lost = lease_one(archive, "dead", ttl_s=SHORT)
    time.sleep(SHORT + 0.01)
    again = lease_one(archive, "w")
    assert (again.record.id, again.attempts) == (lost.record.id, 2)
    assert again.lease.token > lost.lease.token


def test_work_whose_lease_ran_out_has_its_old_place_in_the_line(archive: Archive) -> None:
    ids = [save(archive, [post(n)])[0].post_id for n in range(4)]
    assert lease_one(archive, "alive").record.id == ids[0]
    assert lease_one(archive, "dead", ttl_s=SHORT).record.id == ids[1]
    time.sleep(SHORT + 0.01)
    assert [one.record.id for one in archive.lease_work("w", ttl_s=60, limit=9)] == ids[1:]


def test_a_lease_of_before_does_not_stand_for_what_was_queued_anew(archive: Archive) -> None:
    save(archive, [post()])
    late = lease_one(archive, "slow", ttl_s=SHORT)
    time.sleep(SHORT + 0.01)
    assert judge_all(archive) == 1
    archive.requeue()
    anew = lease_one(archive, "slow")
    assert anew.attempts == late.attempts
    assert archive.save_outcomes([outcome(late, judgement(late))]) == [late]
    assert archive.save_outcomes([outcome(anew, judgement(anew))]) == []


def test_a_save_under_a_lost_lease_writes_nothing(archive: Archive) -> None:
    save(archive, [post(1), post(2)])
    held = lease_one(archive, "slow")
    late = lease_one(archive, "slow", ttl_s=SHORT)
    time.sleep(SHORT + 0.01)
    lost = archive.save_outcomes([outcome(late, judgement(late)), outcome(held, judgement(held))])
    assert lost == [late]
    assert state(archive, late).flags == ()
    assert state(archive, late).annotations == ()
    assert len(state(archive, held).flags) == 1
    assert archive.counts().pending == 1


def test_a_lease_that_another_worker_has_by_now_is_lost(archive: Archive) -> None:
    save(archive, [post()])
    late = lease_one(archive, "slow", ttl_s=SHORT)
    time.sleep(SHORT + 0.01)
    new = lease_one(archive, "quick")
    assert archive.save_outcomes([outcome(late, judgement(late, ruleset="slow"))]) == [late]
    archive.release_work([late], park=True)
    assert archive.save_outcomes([outcome(new, judgement(new, ruleset="quick"))]) == []
    assert rulesets(state(archive, new).flags) == [("quick", True)]


def test_work_given_back_is_to_be_had_at_once_and_still_counts_its_attempts(
    archive: Archive,
) -> None:
    save(archive, [post()])
    archive.release_work([lease_one(archive)], error="detector failed")
    assert lease_one(archive).attempts == 2


def test_parked_work_waits_until_somebody_asks_again(archive: Archive) -> None:
    save(archive, [post()])
    archive.release_work([lease_one(archive)], error="detector failed", park=True)
    assert archive.lease_work("w", ttl_s=60, limit=1) == []
    counts = archive.counts()
    assert (counts.pending, counts.parked) == (0, 1)
    assert archive.requeue() != ""
    assert lease_one(archive).attempts == 1


def test_requeue_goes_by_post_id_in_steps_that_can_be_resumed(archive: Archive) -> None:
    ids = sorted(one.post_id for one in save(archive, [post(n) for n in range(5)]))
    save(archive, [post(2, "другой текст")], later(minutes=1))
    assert judge_all(archive) == 6
    steps = [archive.requeue(limit=2)]
    while steps[-1]:
        steps.append(archive.requeue(after=steps[-1], limit=2))
    assert steps == [ids[1], ids[3], ids[4], ""]
    assert judge_all(archive) == 6


def test_requeue_of_what_waits_already_adds_nothing(archive: Archive) -> None:
    save(archive, [post()])
    archive.requeue()
    assert archive.counts().pending == 1


def test_asked_for_again_while_a_worker_has_it_is_judged_again(archive: Archive) -> None:
    save(archive, [post()])
    work = lease_one(archive)
    archive.requeue()
    assert archive.lease_work("b", ttl_s=60, limit=1) == []
    archive.save_outcomes([outcome(work, judgement(work))])
    assert lease_one(archive, "b").attempts == 1


# --- judgements ----------------------------------------------------------------------------------


def test_a_judgement_saved_twice_is_one(archive: Archive) -> None:
    save(archive, [post()])
    for _ in range(2):
        work = lease_one(archive)
        assert archive.save_outcomes([outcome(work, judgement(work, at=later(minutes=1)))]) == []
        archive.requeue()
    assert rulesets(state(archive, work).flags) == [("r1", True)]
    assert archive.counts().flags_current == 1


def test_under_a_new_ruleset_the_old_judgement_stays_and_is_not_current(archive: Archive) -> None:
    save(archive, [post()])
    judge_all(archive, ruleset="r1")
    archive.requeue()
    work = lease_one(archive)
    newer = judgement(work, ruleset="r2", at=later(hours=1), flags=[flag(), flag("poll_ban")])
    archive.save_outcomes([outcome(work, newer)])
    flags = state(archive, work).flags
    assert rulesets(flags) == [("r2", True), ("r2", True), ("r1", False)]
    assert archive.counts().flags_current == 2
    assert flags[0].judgement == newer
    assert sorted(one.flag_number for one in flags) == [0, 0, 1]
    assert {one.id for one in flags[:2]} == {one.id(newer.id) for one in newer.flags}


def test_a_judgement_without_flags_takes_the_place_of_one_with(archive: Archive) -> None:
    save(archive, [post()])
    judge_all(archive, ruleset="r1")
    archive.requeue()
    work = lease_one(archive)
    archive.save_outcomes([outcome(work, judgement(work, ruleset="r2", flags=()))])
    assert rulesets(state(archive, work).flags) == [("r1", False)]
    assert archive.counts().flags_current == 0


def test_judged_again_under_the_old_ruleset_the_old_judgement_is_current_again(
    archive: Archive,
) -> None:
    save(archive, [post()])
    for ruleset in ("r1", "r2", "r1"):
        assert judge_all(archive, ruleset=ruleset) == 1
        archive.requeue()
    flags = state(archive, lease_one(archive)).flags
    assert rulesets(flags) == [("r1", True), ("r2", False)]


def test_each_revision_and_each_election_has_a_current_judgement_of_its_own(
    archive: Archive,
) -> None:
    save(archive, [post(1, "один")])
    judge_all(archive)
    save(archive, [post(1, "два")], later(minutes=1))
    judge_all(archive)
    archive.requeue()
    [first, _] = archive.lease_work("w", ttl_s=60, limit=2)
    other = judgement(first)
    other = type(other)(**{**vars_of(other), "election_id": "kg-2025"})
    archive.save_outcomes([outcome(first, other)])
    current = [one.judgement for one in state(archive, first).flags if one.current]
    assert sorted((one.election_id, one.revision) for one in current) == [
        ("kg-2025", 1),
        ("kz-2023", 1),
        ("kz-2023", 2),
    ]


def vars_of(noun: object) -> dict[str, object]:
    return {name: getattr(noun, name) for name in noun.__slots__}


def test_flags_have_places_of_their_own_in_the_second_of_their_post(archive: Archive) -> None:
    save(archive, [post(n) for n in range(3)])
    works = archive.lease_work("w", ttl_s=60, limit=9)
    many = [flag(rule, contest) for rule in ("a", "b") for contest in ("x", "y")]
    archive.save_outcomes([outcome(one, judgement(one, flags=many)) for one in works])
    states = archive.states([one.record.id for one in works]).values()
    keys = [one.sort_key for known in states for one in known.flags]
    assert len(set(keys)) == 12
    assert {key >> SEQUENCE_BITS for key in keys} == {
        known.record.sort_key >> SEQUENCE_BITS for known in states
    }


def test_one_rule_twice_for_one_contest_is_refused_and_nothing_is_written(
    archive: Archive,
) -> None:
    save(archive, [post()])
    work = lease_one(archive)
    with pytest.raises(InvalidInput, match="silence_violation"):
        archive.save_outcomes([outcome(work, judgement(work, flags=[flag(), flag()]))])
    assert state(archive, work).annotations == ()
    assert archive.save_outcomes([outcome(work, judgement(work))]) == []


def test_a_judgement_of_a_revision_that_is_not_there_is_refused(archive: Archive) -> None:
    save(archive, [post()])
    work = lease_one(archive)
    wrong = type(judgement(work))(**{**vars_of(judgement(work)), "revision": 7})
    with pytest.raises(StoreError):
        archive.save_outcomes([outcome(work, wrong)])
    assert state(archive, work).flags == ()


def test_flags_name_their_posts_and_unknown_ones_are_absent(archive: Archive) -> None:
    save(archive, [post(1), post(2)])
    works = archive.lease_work("w", ttl_s=60, limit=2)
    archive.save_outcomes([outcome(one, judgement(one)) for one in works])
    ids = {one.record.id: state(archive, one).flags[0].id for one in works}
    assert archive.flag_posts([*ids.values(), "unknown"]) == {v: k for k, v in ids.items()}


# --- annotations ---------------------------------------------------------------------------------


def test_annotations_are_kept_once_a_text_and_version(archive: Archive) -> None:
    save(archive, [post(1), post(2)])
    first, second = archive.lease_work("w", ttl_s=60, limit=2)
    text_hash = first.revision.text_hash
    assert text_hash == second.revision.text_hash
    assert archive.stored_annotations([text_hash], "v1") == {}
    archive.save_outcomes([outcome(first, kind="campaigning")])
    archive.save_outcomes([outcome(second, kind="other")])
    kept = archive.stored_annotations([text_hash, "unknown"], "v1")
    assert [one.value for one in kept[text_hash]] == ["campaigning"]
    assert kept[text_hash] == outcome(first, kind="campaigning").annotations
    assert archive.stored_annotations([text_hash], "v2") == {}


def test_a_post_shows_the_annotations_of_its_newest_annotated_revision(archive: Archive) -> None:
    save(archive, [post(1, "один")])
    work = lease_one(archive)
    archive.save_outcomes([outcome(work, kind="other")])
    save(archive, [post(1, "два")], later(minutes=1))
    assert [one.value for one in state(archive, work).annotations] == ["other"]
    archive.save_outcomes([outcome(lease_one(archive), kind="campaigning")])
    assert [one.value for one in state(archive, work).annotations] == ["campaigning"]


def test_a_post_shows_what_the_version_that_read_it_last_said(archive: Archive) -> None:
    save(archive, [post()])
    for version, kind in (("v1", "other"), ("v2", "campaigning"), ("v1", "never looked at")):
        work = lease_one(archive)
        archive.save_outcomes([outcome(work, version=version, kind=kind)])
        archive.requeue()
    assert [one.value for one in state(archive, work).annotations] == ["other"]


def test_a_version_that_came_with_a_save_that_was_undone_is_not_remembered(
    archive: Archive, archive_url: str
) -> None:
    """Its number may be another version's by the next save."""
    save(archive, [post(n, f"текст {n}") for n in range(2)])
    first, second = archive.lease_work("w", ttl_s=60, limit=2)
    with pytest.raises(InvalidInput):
        archive.save_outcomes([outcome(first, judgement(first, flags=[flag(), flag()]))])
    other = SqlArchive(archive_url)
    other.save_outcomes([outcome(second, version="v2", kind="other")])
    other.close()
    archive.save_outcomes([outcome(first, version="v1", kind="campaigning")])
    texts = [one.revision.text_hash for one in (first, second)]
    assert archive.stored_annotations(texts, "v1").keys() == {texts[0]}
    assert archive.stored_annotations(texts, "v2").keys() == {texts[1]}


def test_nothing_found_in_a_text_is_known_as_nothing(archive: Archive) -> None:
    save(archive, [post()])
    work = lease_one(archive)
    archive.save_outcomes([type(outcome(work))(work, "v1", (), ())])
    assert archive.stored_annotations([work.revision.text_hash], "v1") == {
        work.revision.text_hash: ()
    }


def test_counts_say_what_is_owed_and_since_when(archive: Archive) -> None:
    assert archive.counts().oldest_pending is None
    save(archive, [post(1), post(2)])
    archive.lease_work("w", ttl_s=60, limit=1)
    counts = archive.counts()
    assert (counts.posts, counts.pending, counts.index_pending, counts.gaps) == (2, 2, 2, 0)
    assert counts.oldest_pending is not None
    assert counts.oldest_index_pending is not None


def test_no_work_and_no_outcomes_are_nothing(archive: Archive) -> None:
    assert archive.lease_work("w", ttl_s=60, limit=5) == []
    assert archive.save_outcomes([]) == []
    archive.release_work([])
    assert archive.requeue() == ""
    assert archive.flag_posts([]) == {}
    assert archive.stored_annotations([], "v1") == {}
    assert archive.captures(capture(NOW).sha256) == []
