"""Archive: what one capture showed is saved once, with what proves it, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from archive_world import CHANNEL, NOW, capture, judge_all, later, post, save, source

from core.errors import EvidenceNeeded, NotFound
from core.identity import SEQUENCE_BITS, post_id
from core.model import Media, Span
from core.ports import Archive
from core.when import CivilDate, Instant, Interval


def outcomes(saved: list) -> list[str]:
    return [one.outcome for one in saved]


def test_a_new_post_is_kept_with_its_clocks_account_and_capture(archive: Archive) -> None:
    claimed = Instant(datetime(2023, 3, 18, 13, 30, tzinfo=timezone(timedelta(hours=5))))
    picture = Media("photo", "https://cdn.example/1.jpg", data={"alt": "зал", "size": [3, 4]})
    seen = post(published=claimed, media=(picture,), links=("https://a.example/",), views=7)
    [saved] = save(archive, [seen])
    assert saved.outcome == "new"
    assert saved.post_id == post_id("telegram", "dala/1")
    state = archive.states([saved.post_id])[saved.post_id]
    record = state.record
    assert record.revisions[0].post == seen
    assert record.revisions[0].act.at == claimed
    assert record.claimed_published == claimed
    assert record.edited is None
    assert record.gone is None
    assert record.first_seen == record.last_seen == Instant(NOW)
    assert record.account == source().account
    assert state.captures == (capture(),)
    assert record.revisions[0].captures == (capture().capture_id,)


def test_the_same_capture_saved_twice_is_unchanged_and_one_revision(archive: Archive) -> None:
    first = save(archive, [post(1), post(2)])
    again = save(archive, [post(1), post(2)])
    assert outcomes(first) == ["new", "new"]
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert archive.counts().posts == 2
    assert [
        len(one.record.revisions) for one in archive.states([s.post_id for s in again]).values()
    ] == [1, 1]


def test_a_post_that_stands_twice_in_one_call_is_one_post(archive: Archive) -> None:
    assert outcomes(save(archive, [post(1), post(1)])) == ["new", "unchanged"]


def test_two_texts_of_one_post_in_one_call_are_two_revisions(archive: Archive) -> None:
    saved = save(archive, [post(1, "старый текст"), post(1, "новый текст")])
    assert outcomes(saved) == ["new", "revised"]
    [state] = archive.states([saved[0].post_id]).values()
    assert [one.post.text for one in state.record.revisions] == ["старый текст", "новый текст"]


def test_unchanged_posts_only_move_last_seen_and_need_no_evidence(archive: Archive) -> None:
    [saved] = save(archive, [post()])
    for_index = archive.index_batch(limit=10)
    seen = archive.save_posts("dala", [post(views=99)], seen_at=later(minutes=5), evidence=None)
    assert outcomes(seen) == ["unchanged"]
    state = archive.states([saved.post_id])[saved.post_id]
    assert state.record.last_seen == Instant(later(minutes=5))
    assert state.captures == (capture(),)
    assert archive.index_batch(limit=10) == for_index


def test_last_seen_never_goes_back(archive: Archive) -> None:
    [saved] = save(archive, [post()], later(minutes=5))
    archive.save_posts("dala", [post()], seen_at=NOW, evidence=None)
    assert archive.states([saved.post_id])[saved.post_id].record.last_seen == Instant(
        later(minutes=5)
    )


def test_one_new_post_without_evidence_writes_nothing_at_all(archive: Archive) -> None:
    [known] = save(archive, [post(1)])
    with pytest.raises(EvidenceNeeded):
        archive.save_posts("dala", [post(1), post(2)], seen_at=later(hours=1), evidence=None)
    assert archive.counts().posts == 1
    assert archive.states([known.post_id])[known.post_id].record.last_seen == Instant(NOW)


def test_a_revised_post_without_evidence_writes_nothing_at_all(archive: Archive) -> None:
    [known] = save(archive, [post(1, "один")])
    with pytest.raises(EvidenceNeeded):
        archive.save_posts("dala", [post(1, "два")], seen_at=later(hours=1), evidence=None)
    assert len(archive.states([known.post_id])[known.post_id].record.revisions) == 1


def test_a_source_that_was_never_registered_is_not_found(archive: Archive) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        archive.save_posts("nowhere", [post()], seen_at=NOW, evidence=capture())


def test_a_changed_text_is_a_revision_between_the_two_captures(archive: Archive) -> None:
    save(archive, [post(1, "Встреча завтра")])
    archive.save_posts("dala", [post(1, "Встреча завтра")], seen_at=later(minutes=9), evidence=None)
    [saved] = save(archive, [post(1, "Встреча завтра в шесть")], later(minutes=30))
    record = archive.states([saved.post_id])[saved.post_id].record
    edit = record.revisions[1]
    assert saved.outcome == "revised"
    assert (edit.number, edit.act.kind, edit.act.marked) == (2, "edit", False)
    assert edit.act.at == Interval(later(minutes=9), later(minutes=30)) == record.edited
    assert edit.act.added == (Span(15, 22),)
    assert edit.captures == (capture(later(minutes=30)).capture_id,)


def test_a_marked_edit_has_the_time_its_publisher_gives(archive: Archive) -> None:
    save(archive, [post(1, "один")])
    marked = post(1, "два", edited=True, edited_at=Instant(later(minutes=3)))
    [saved] = save(archive, [marked], later(minutes=10))
    record = archive.states([saved.post_id])[saved.post_id].record
    assert record.revisions[1].act.marked
    assert record.edited == record.revisions[1].act.at == Instant(later(minutes=3))


def test_a_mark_without_another_text_moves_the_clock_and_makes_no_revision(
    archive: Archive,
) -> None:
    save(archive, [post(1)])
    marked = post(1, edited=True, edited_at=Instant(later(minutes=3)))
    [saved] = archive.save_posts("dala", [marked], seen_at=later(minutes=10), evidence=None)
    record = archive.states([saved.post_id])[saved.post_id].record
    assert saved.outcome == "unchanged"
    assert record.edited == Instant(later(minutes=3))
    assert len(record.revisions) == 1


def test_an_older_capture_handed_in_late_is_no_third_revision(archive: Archive) -> None:
    save(archive, [post(1, "один")])
    save(archive, [post(1, "два")], later(minutes=10))
    saved = archive.save_posts("dala", [post(1, "один")], seen_at=later(minutes=5), evidence=None)
    assert outcomes(saved) == ["unchanged"]


def test_a_text_that_comes_back_is_a_revision_of_its_own(archive: Archive) -> None:
    for minutes, text in enumerate(["один", "два", "один"]):
        [saved] = save(archive, [post(1, text)], later(minutes=minutes))
    record = archive.states([saved.post_id])[saved.post_id].record
    assert [one.post.text for one in record.revisions] == ["один", "два", "один"]


# --- parser versions -----------------------------------------------------------------------------


def test_another_parser_version_that_reads_the_same_needs_no_baseline(archive: Archive) -> None:
    save(archive, [post(1, version="1")])
    saved = archive.save_posts("dala", [post(1, version="2")], seen_at=NOW, evidence=None)
    assert outcomes(saved) == ["unchanged"]


def test_another_parser_version_that_reads_otherwise_asks_for_the_old_capture(
    archive: Archive,
) -> None:
    save(archive, [post(1, "Текст Читайте также", version="1")])
    [saved] = archive.save_posts(
        "dala", [post(1, "Текст", version="2")], seen_at=later(minutes=5), evidence=None
    )
    assert saved.outcome == "needs_baseline"
    assert saved.baseline_capture == capture()
    record = archive.states([saved.post_id])[saved.post_id].record
    assert record.last_seen == Instant(NOW)


def test_a_baseline_equal_to_the_new_text_is_unchanged_and_never_asked_for_again(
    archive: Archive,
) -> None:
    [known] = save(archive, [post(1, "Текст Читайте также", version="1")])
    fresh = post(1, "Текст", version="2")
    for baselines in ({known.post_id: fresh}, None):
        saved = archive.save_posts(
            "dala", [fresh], seen_at=later(minutes=5), evidence=None, baselines=baselines
        )
        assert outcomes(saved) == ["unchanged"]
    assert len(archive.states([known.post_id])[known.post_id].record.revisions) == 1


def test_where_the_old_capture_cannot_be_read_the_stored_text_serves_as_baseline(
    archive: Archive,
) -> None:
    stored = post(1, "Текст Читайте также", version="1")
    [known] = save(archive, [stored])
    [saved] = archive.save_posts(
        "dala",
        [post(1, "Текст", version="2")],
        seen_at=later(minutes=5),
        evidence=capture(later(minutes=5)),
        baselines={known.post_id: stored},
    )
    assert saved.outcome == "revised"
    edit = archive.states([known.post_id])[known.post_id].record.revisions[1]
    assert (edit.act.marked, edit.act.added) == (False, ())


def test_an_edit_after_a_parser_change_adds_only_what_the_publisher_added(
    archive: Archive,
) -> None:
    [known] = save(archive, [post(1, "Текст Читайте также", version="1")])
    saved = archive.save_posts(
        "dala",
        [post(1, "Текст голосуйте", version="2")],
        seen_at=later(minutes=5),
        evidence=capture(later(minutes=5)),
        baselines={known.post_id: post(1, "Текст", version="2")},
    )
    assert outcomes(saved) == ["revised"]
    edit = archive.states([known.post_id])[known.post_id].record.revisions[1]
    assert edit.act.added == (Span(6, 15),)


def test_a_remembered_baseline_is_what_the_next_edit_is_compared_with(archive: Archive) -> None:
    [known] = save(archive, [post(1, "Текст Читайте также", version="1")])
    clean = post(1, "Текст", version="2")
    archive.save_posts(
        "dala", [clean], seen_at=NOW, evidence=None, baselines={known.post_id: clean}
    )
    [saved] = save(archive, [post(1, "Текст и ещё", version="2")], later(minutes=5))
    assert saved.outcome == "revised"
    edit = archive.states([known.post_id])[known.post_id].record.revisions[1]
    assert edit.act.added == (Span(6, 11),)


# --- identity ------------------------------------------------------------------------------------


def page(native: str, *, aliases: tuple[str, ...] = (), text: str = "Мәтін") -> object:
    return post(platform="web", native_id=native, url=native, aliases=aliases, text=text)


def test_a_page_is_known_by_its_alias_and_by_an_alias_that_comes_later(archive: Archive) -> None:
    final, short, moved = "https://a.kz/news/1", "https://a.kz/?p=1", "https://a.kz/2023/news/1"
    [saved] = save(archive, [page(final, aliases=(short,))])
    assert archive.known("web", [final, short, moved]) == {final, short}
    by_alias = archive.save_posts("dala", [page(short)], seen_at=NOW, evidence=None)
    by_theirs = archive.save_posts(
        "dala", [page(moved, aliases=(short,))], seen_at=NOW, evidence=None
    )
    assert by_alias == by_theirs
    assert by_alias[0].post_id == saved.post_id
    assert archive.known("web", [moved]) == {moved}


def test_an_alias_that_is_another_post_joins_nothing(archive: Archive) -> None:
    one, other = "https://a.kz/1", "https://a.kz/2"
    save(archive, [page(one), page(other)])
    [saved] = archive.save_posts("dala", [page(other, aliases=(one,))], seen_at=NOW, evidence=None)
    assert saved.post_id == post_id("web", other)
    assert archive.counts().posts == 2


def test_an_alias_is_known_in_any_spelling_of_its_url(archive: Archive) -> None:
    save(archive, [page("https://a.kz/1", aliases=("HTTPS://A.kz:443/x/../y?utm_source=t",))])
    assert archive.known("web", ["https://a.kz/y", "https://A.KZ/y", "not a url"]) == {
        "https://a.kz/y",
        "https://A.KZ/y",
    }


def test_the_same_native_id_on_two_platforms_is_two_posts(archive: Archive) -> None:
    saved = save(archive, [post(platform="telegram"), post(platform="vk")])
    assert saved[0].post_id != saved[1].post_id
    assert archive.known("vk", ["dala/1", "dala/2"]) == {"dala/1"}


# --- order ---------------------------------------------------------------------------------------


def key_of(archive: Archive, saved: object) -> int:
    return archive.states([saved.post_id])[saved.post_id].record.sort_key


def test_sort_keys_are_unique_within_a_second_and_keep_the_order_of_arrival(
    archive: Archive,
) -> None:
    keys = [key_of(archive, one) for one in save(archive, [post(n) for n in range(30)])]
    assert keys == sorted(set(keys))
    assert {key >> SEQUENCE_BITS for key in keys} == {int(later(hours=-1).timestamp())}


@pytest.mark.parametrize(
    ("claimed", "second"),
    [
        (CivilDate(date(2023, 3, 18)), datetime(2023, 3, 18, tzinfo=UTC)),
        (Interval(later(hours=-5), later(hours=5)), later(hours=-5)),
        (Instant(datetime(2023, 3, 18, 1, tzinfo=timezone(timedelta(hours=6)))), later(hours=-14)),
        (None, NOW),
        (Instant(datetime(1969, 12, 31, tzinfo=UTC)), datetime(1970, 1, 1, tzinfo=UTC)),
        (Instant(datetime(2099, 1, 1, tzinfo=UTC)), datetime(2099, 1, 1, tzinfo=UTC)),
        (CivilDate(date(1, 1, 1)), datetime(1970, 1, 1, tzinfo=UTC)),
        (CivilDate(date(9999, 12, 31)), datetime(9999, 12, 31, tzinfo=UTC)),
    ],
)
def test_order_goes_by_the_earliest_claimed_second_or_else_first_seen(
    archive: Archive, claimed: object, second: datetime
) -> None:
    [saved] = save(archive, [post(published=claimed)])
    assert key_of(archive, saved) >> SEQUENCE_BITS == int(second.timestamp())
    assert archive.states([saved.post_id])[saved.post_id].record.claimed_published == claimed


def test_the_sort_key_stays_when_a_later_revision_claims_another_time(archive: Archive) -> None:
    [first] = save(archive, [post(1, "один", published=None)])
    before = key_of(archive, first)
    save(archive, [post(1, "два", published=Instant(later(days=-3)))], later(hours=1))
    assert key_of(archive, first) == before


# --- gone ----------------------------------------------------------------------------------------


def test_a_gone_post_lies_between_last_seen_and_the_first_miss(archive: Archive) -> None:
    [saved] = save(archive, [post()])
    missing = capture(later(hours=2), body="b" * 64)
    assert archive.save_gone([saved.post_id, "unknown"], at=later(hours=2), evidence=missing) == 1
    state = archive.states([saved.post_id])[saved.post_id]
    assert state.record.gone == Interval(NOW, later(hours=2))
    assert state.captures == (capture(), missing)
    assert archive.captures("b" * 64) == [missing]


def test_gone_is_told_once_and_then_keeps_its_first_interval_and_capture(archive: Archive) -> None:
    [saved] = save(archive, [post()])
    archive.save_gone([saved.post_id], at=later(hours=2), evidence=capture(later(hours=2)))
    again = capture(later(hours=3), body="c" * 64)
    assert archive.save_gone([saved.post_id], at=later(hours=3), evidence=again) == 0
    assert archive.captures("c" * 64) == []
    assert archive.states([saved.post_id])[saved.post_id].record.gone == Interval(
        NOW, later(hours=2)
    )


def test_gone_then_seen_again_is_not_gone_and_the_proof_of_its_absence_stays(
    archive: Archive,
) -> None:
    [saved] = save(archive, [post()])
    missing = capture(later(hours=2), body="b" * 64)
    archive.save_gone([saved.post_id], at=later(hours=2), evidence=missing)
    before = dict(archive.index_batch(limit=9))[saved.post_id]
    archive.save_posts("dala", [post()], seen_at=later(hours=3), evidence=None)
    state = archive.states([saved.post_id])[saved.post_id]
    assert state.record.gone is None
    assert missing in state.captures
    assert dict(archive.index_batch(limit=9))[saved.post_id] > before
    assert (
        archive.save_gone([saved.post_id], at=later(hours=4), evidence=capture(later(hours=4))) == 1
    )


def test_an_absence_older_than_the_last_sight_is_no_absence(archive: Archive) -> None:
    [saved] = save(archive, [post()])
    assert archive.save_gone([saved.post_id], at=later(hours=-1), evidence=capture()) == 0
    assert archive.states([saved.post_id])[saved.post_id].record.gone is None


# --- looking again -------------------------------------------------------------------------------


def test_live_posts_come_newest_first_without_the_gone_ones(archive: Archive) -> None:
    posts = [post(n, published=Instant(later(hours=-n))) for n in (3, 1, 2, 4)]
    saved = save(archive, [*posts, post(5, published=None)])
    archive.save_gone([saved[1].post_id], at=later(hours=1), evidence=capture(later(hours=1)))
    live = archive.live_posts("dala", limit=3)
    assert [one.native_id for one in live] == ["dala/5", "dala/2", "dala/3"]
    assert live[0].claimed_published_us is None
    assert live[1].claimed_published_us == int(later(hours=-2).timestamp()) * 1_000_000
    assert live[0].first_seen == NOW
    assert archive.live_posts("nobody", limit=3) == []


def test_looks_are_due_longest_first_and_never_for_none_or_gone(archive: Archive) -> None:
    ids = [one.post_id for one in save(archive, [post(n) for n in range(5)])]
    due = {ids[0]: later(hours=2), ids[1]: later(hours=1), ids[2]: later(hours=9), ids[3]: NOW}
    archive.schedule_looks({**due, "unknown": NOW})
    archive.save_gone([ids[3]], at=later(hours=1), evidence=capture(later(hours=1)))
    found = archive.due_looks("dala", later(hours=2), limit=9)
    assert [one.post_id for one in found] == [ids[1], ids[0]]
    archive.schedule_looks({ids[1]: None})
    assert [one.post_id for one in archive.due_looks("dala", later(hours=2), limit=9)] == [ids[0]]
    assert archive.due_looks("dala", NOW, limit=9) == []


def test_the_first_look_is_kept_with_what_is_new_and_with_nothing_else(archive: Archive) -> None:
    save(archive, [post(1)])
    looks = [later(hours=1), None, later(hours=2)]
    saved = archive.save_posts(
        "dala", [post(n) for n in (1, 2, 3)], seen_at=NOW, evidence=capture(), first_looks=looks
    )
    assert outcomes(saved) == ["unchanged", "new", "new"]
    due = archive.due_looks("dala", later(hours=9), limit=9)
    assert [one.post_id for one in due] == [saved[2].post_id]
    with pytest.raises(EvidenceNeeded):
        archive.save_posts(
            "dala", [post(4)], seen_at=NOW, evidence=None, first_looks=[later(hours=1)]
        )
    assert len(archive.due_looks("dala", later(hours=9), limit=9)) == 1


# --- what cannot be stored as it came ------------------------------------------------------------


def test_nul_and_lone_surrogates_are_stripped_and_said(archive: Archive) -> None:
    odd = post(1, "пере\0рыв \ud83d конец", title="\udc00заголовок", links=("https://a/\0",))
    [saved] = save(archive, [odd])
    kept = archive.states([saved.post_id])[saved.post_id].record.revisions[0].post
    assert kept.text == "перерыв  конец"
    assert (kept.title, kept.links) == ("заголовок", ("https://a/",))
    assert set(kept.notes) == {"stripped NUL", "stripped lone surrogates"}
    assert outcomes(archive.save_posts("dala", [odd], seen_at=NOW, evidence=None)) == ["unchanged"]


def test_a_text_of_a_million_characters_comes_back_whole(archive: Archive) -> None:
    text = "Ә😀\r\n" * 250_000
    [saved] = save(archive, [post(1, text)])
    assert archive.states([saved.post_id])[saved.post_id].record.revisions[0].post.text == text


def test_no_posts_are_no_work(archive: Archive) -> None:
    assert archive.save_posts("dala", [], seen_at=NOW, evidence=None) == []
    assert archive.save_gone([], at=NOW, evidence=capture()) == 0
    assert archive.states([]) == {}
    assert archive.known("web", []) == set()


def test_captures_of_one_body_come_oldest_first(archive: Archive) -> None:
    for hours in (2, 1, 3):
        save(archive, [post(hours)], later(hours=hours))
    found = archive.captures("a" * 64)
    assert [one.fetched_at for one in found] == [later(hours=n) for n in (1, 2, 3)]
    assert archive.captures("f" * 64) == []
    assert found[0].url == CHANNEL


def test_more_ids_than_a_statement_can_take(archive: Archive) -> None:
    saved = save(archive, [post(n) for n in range(1_200)])
    ids = [one.post_id for one in saved]
    assert len(archive.states(ids)) == 1_200
    assert judge_all(archive) == 1_000
    assert judge_all(archive) == 200
    natives = [f"dala/{n}" for n in range(40_000)]
    assert len(archive.known("telegram", natives)) == 1_200


def test_an_id_that_no_post_has_is_absent_whatever_is_in_it(archive: Archive) -> None:
    [saved] = save(archive, [post(1)])
    odd = ["", "\0", "\ud800", "'", '"]', "қ" * 500]
    assert set(archive.states([*odd, saved.post_id])) == {saved.post_id}
