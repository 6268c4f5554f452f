"""What people decided on flags becomes rows to train on, from either archive."""

from __future__ import annotations

from archive_world import judge_all, later, post, save

from core.model import Decision
from core.ports import Archive
from monitor.reviews import rows_of


def decided(archive: Archive, *rulings: str) -> list[dict[str, object]]:
    """A post with one flag of silence_violation, and what is made of it after these decisions."""
    [saved] = save(archive, [post()])
    judge_all(archive)
    flag = archive.states([saved.post_id])[saved.post_id].flags[0]
    for minute, ruling in enumerate(rulings):
        said = Decision(flag.id, ruling, "aigerim", "ясно", later(minutes=minute))  # type: ignore[arg-type]
        archive.append_decision(said)
    return list(rows_of(archive.states([saved.post_id])[saved.post_id]))


def test_a_confirmed_silence_violation_says_that_the_text_campaigns(archive: Archive) -> None:
    [row] = decided(archive, "confirmed")
    assert (row["kind"], row["known"], row["signals"]) == ("campaigning", [], [])
    assert row["text"] == post().full_text
    assert str(row["id"]).startswith(str(row["family"]))


def test_a_dismissed_one_says_nothing_of_the_text(archive: Archive) -> None:
    assert decided(archive, "dismissed") == []


def test_what_was_taken_back_or_is_open_makes_no_row(archive: Archive) -> None:
    assert decided(archive, "confirmed", "undone") == []
    assert decided(archive, "needs_information") == []


def test_without_a_decision_there_is_no_row(archive: Archive) -> None:
    assert decided(archive) == []
