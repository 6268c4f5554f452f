"""New, revised, unchanged, or a baseline first: what was seen against what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Act, Media, Post, Span
from core.revisions import (
    Known,
    added_spans,
    decide,
    earliest,
    edit_act,
    first_act,
    newest_mark,
    portable_post,
    reading,
)
from core.when import CivilDate, Instant, Interval, When

FIRST = datetime(2023, 3, 17, 12, tzinfo=UTC)
SEEN = FIRST + timedelta(hours=8)
OPTIONS = ["за", "против"]


def post(text: str = "Встреча завтра", **more: object) -> Post:
    fields: dict[str, object] = {
        "platform": "telegram",
        "native_id": "dala/1",
        "url": "https://t.me/dala/1",
        "parser": "telegram",
        "parser_version": "1",
    }
    return Post(text=text, **(fields | more))  # type: ignore[arg-type]


def known(*posts: Post, **more: object) -> Known:
    return Known(tuple(reading(one) for one in posts), FIRST, **more)  # type: ignore[arg-type]


def outcome(before: Post, after: Post) -> str:
    return decide(known(before), after, seen_at=SEEN).outcome


# --- the first revision --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "published", [None, CivilDate(date(2023, 3, 17)), Instant(FIRST), Interval(FIRST, SEEN)]
)
def test_a_post_nobody_knows_is_new_at_the_time_it_claims(published: When | None) -> None:
    intent = decide(None, post(published=published), seen_at=SEEN)
    assert intent.outcome == "new"
    assert intent.act == Act("new", at=published, marked=True, added=None)


def test_a_forwarded_post_is_a_repost() -> None:
    assert first_act(post(forwarded_from="telegram:other")).kind == "repost"


# --- what is no revision -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"views": 100},
        {"links": ("https://b.kz/", "https://a.kz/")},
        {"author": "Айгерим"},
        {"language": "kk"},
        {"url": "https://t.me/s/dala/1"},
        {"notes": ("stripped NUL",)},
        {"published": Instant(FIRST)},
        {"edited": True, "edited_at": Instant(SEEN)},
        {"text": "Встреча\u00a0 завтра\n"},
        {"text": "Встреча\0 завтра"},
        {"media": (Media("link", title="чужая страница"),)},
    ],
)
def test_what_readers_do_not_read_makes_no_revision(change: dict[str, object]) -> None:
    assert outcome(post(), replace(post(), **change)) == "unchanged"  # type: ignore[arg-type]


def test_composed_and_decomposed_letters_are_the_same_words() -> None:
    assert outcome(post("Йод"), post("И\u0306од")) == "unchanged"


def test_a_title_that_moves_into_the_text_is_no_revision() -> None:
    assert outcome(post("Итоги\n\nТекст"), post("Текст", title="Итоги")) == "unchanged"


def poll(options: list[str], votes: int, *, percent: str = "10%") -> Media:
    said = [{"text": one, "votes": votes, "percent": percent} for one in options]
    data = {"options": said, "voters": f"{votes}K votes", "type": "Poll" if votes < 9 else "Final"}
    return Media("poll", title="За кого вы?", data=data)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (poll(OPTIONS, 5), poll(OPTIONS, 900, percent="99 %")),
        (Media("photo", url="https://cdn/a?sig=1"), Media("photo", url="https://cdn/b?sig=2")),
        (Media("video", duration_s=9, data={"thumb": "x"}), Media("video", duration_s=9)),
    ],
)
def test_counts_and_signed_addresses_of_media_make_no_revision(before: Media, after: Media) -> None:
    assert outcome(post(media=(before,)), post(media=(after,))) == "unchanged"


def test_pictures_of_a_web_page_come_and_go_with_its_frame() -> None:
    page = post(platform="web")
    assert outcome(page, replace(page, media=(Media("photo"),))) == "unchanged"


# --- what is one ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (post("один"), post("два")),
        (post("текст"), post("текст", title="Заголовок")),
        (post(), post(media=(Media("photo"),))),
        (post(media=(Media("photo"),)), post(media=(Media("video"),))),
        (post(media=(poll(OPTIONS, 5),)), post(media=(poll([*OPTIONS, "не знаю"], 5),))),
        (post(media=(Media("document", title="a.pdf"),)), post(media=(Media("document"),))),
        (post(media=(Media("voice", duration_s=3),)), post(media=(Media("voice", duration_s=9),))),
        (post("Голосуй"), post("голосуй")),
    ],
)
def test_other_words_and_other_media_are_a_revision(before: Post, after: Post) -> None:
    assert outcome(before, after) == "revised"
    assert outcome(after, before) == "revised"


# --- the act of an edit --------------------------------------------------------------------------


def edit(before: Known, **more: object) -> Act:
    return edit_act(before, "было", post("стало", **more), SEEN)


def test_without_a_mark_an_edit_lies_between_the_two_captures_and_is_not_marked() -> None:
    act = edit(known(post()))
    assert (act.kind, act.marked, act.at) == ("edit", False, Interval(FIRST, SEEN))


def test_the_first_mark_marks_the_edit_also_without_a_time() -> None:
    act = edit(known(post()), edited=True)
    assert (act.marked, act.at) == (True, Interval(FIRST, SEEN))


@pytest.mark.parametrize("at", [FIRST, FIRST + timedelta(hours=1), SEEN])
def test_a_mark_with_a_time_between_the_captures_gives_that_time(at: datetime) -> None:
    act = edit(known(post()), edited=True, edited_at=Instant(at))
    assert (act.marked, act.at) == (True, Instant(at))


def test_a_newer_mark_marks_a_second_edit() -> None:
    before = known(post(), edited=True, edited_at=Instant(FIRST - timedelta(days=1)))
    act = edit(before, edited=True, edited_at=Instant(FIRST + timedelta(hours=1)))
    assert (act.marked, act.at) == (True, Instant(FIRST + timedelta(hours=1)))


@pytest.mark.parametrize("again", [None, Instant(FIRST), Instant(FIRST - timedelta(days=1))])
def test_a_mark_that_was_known_before_proves_nothing_of_a_second_edit(again: When | None) -> None:
    before = known(post(), edited=True, edited_at=Instant(FIRST))
    act = edit(before, edited=True, edited_at=again)
    assert (act.marked, act.at) == (False, Interval(FIRST, SEEN))


def test_a_claimed_time_at_which_the_old_text_still_stood_is_only_a_lower_end() -> None:
    backdated = FIRST - timedelta(days=2)
    act = edit(known(post()), edited=True, edited_at=Instant(backdated))
    assert (act.marked, act.at) == (True, Interval(backdated, SEEN))


def test_a_claimed_time_after_the_capture_is_a_clock_that_runs_ahead() -> None:
    act = edit(known(post()), edited=True, edited_at=Instant(SEEN + timedelta(minutes=3)))
    assert (act.marked, act.at) == (True, Interval(FIRST, SEEN))


def test_a_claimed_day_stays_a_day() -> None:
    act = edit(known(post()), edited=True, edited_at=CivilDate(date(2023, 3, 18)))
    assert act.at == CivilDate(date(2023, 3, 18))


def test_the_same_day_claimed_again_is_no_newer_mark() -> None:
    day = CivilDate(date(2023, 3, 17))
    assert not edit(known(post(), edited=True, edited_at=day), edited=True, edited_at=day).marked


def test_a_capture_handed_in_late_gives_an_interval_all_the_same() -> None:
    act = edit_act(known(post()), "было", post("стало"), FIRST - timedelta(hours=1))
    assert act.at == Interval(FIRST - timedelta(hours=1), FIRST)


def test_the_newest_mark_is_kept_and_never_lost() -> None:
    before = known(post(), edited=True, edited_at=Instant(FIRST))
    assert newest_mark(before, post()) == (True, Instant(FIRST))
    assert newest_mark(before, post(edited=True)) == (True, Instant(FIRST))
    newer = post(edited=True, edited_at=Instant(SEEN))
    assert newest_mark(before, newer) == (True, Instant(SEEN))
    assert newest_mark(known(post()), post()) == (False, None)


def test_a_civil_date_is_ordered_by_its_utc_midnight() -> None:
    assert earliest(CivilDate(date(2023, 3, 18))) == datetime(2023, 3, 18, tzinfo=UTC)
    assert earliest(Interval(FIRST, SEEN)) == FIRST


# --- parser versions and late captures -----------------------------------------------------------

OLD = post("Текст Читайте также: курс тенге")
NEW = post("Текст", parser_version="2")


def test_a_difference_between_two_parser_versions_asks_for_a_baseline() -> None:
    assert outcome(OLD, NEW) == "needs_baseline"
    assert outcome(OLD, replace(NEW, parser="other", parser_version="1")) == "needs_baseline"


def test_two_parser_versions_that_agree_need_none() -> None:
    assert outcome(OLD, replace(OLD, parser_version="2")) == "unchanged"


def test_a_baseline_that_agrees_is_unchanged_and_to_be_remembered() -> None:
    intent = decide(known(OLD), NEW, seen_at=SEEN, baseline=NEW)
    assert (intent.outcome, intent.reread) == ("unchanged", NEW)


def test_a_baseline_that_differs_is_what_the_edit_is_measured_by() -> None:
    grown = replace(NEW, text="Текст голосуйте")
    intent = decide(known(OLD), grown, seen_at=SEEN, baseline=NEW)
    assert intent.outcome == "revised"
    assert intent.act is not None
    assert intent.act.added == (Span(6, 15),)


def test_the_stored_text_serves_where_its_evidence_cannot_be_read_again() -> None:
    assert decide(known(OLD), NEW, seen_at=SEEN, baseline=OLD).outcome == "revised"


def test_a_remembered_baseline_is_compared_in_place_of_the_stored_text() -> None:
    both = known(OLD, NEW)
    assert decide(both, NEW, seen_at=SEEN).outcome == "unchanged"
    assert decide(both, replace(NEW, text="Другое"), seen_at=SEEN).outcome == "revised"
    # what the first version saw is no longer the same text to the second
    assert decide(both, replace(NEW, text=OLD.text), seen_at=SEEN).outcome == "revised"


def test_an_older_text_counts_as_seen_only_in_a_capture_handed_in_late() -> None:
    before = known(post("два"), earlier=frozenset({reading(post("один")).fingerprint}))
    late = FIRST - timedelta(hours=1)
    assert decide(before, post("один"), seen_at=late).outcome == "unchanged"
    assert decide(before, post("один"), seen_at=SEEN).outcome == "revised"


# --- added words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ("", "новый текст", ["новый текст"]),
        ("текст", "", []),
        ("Встреча завтра", "Встреча завтра в шесть", ["в шесть"]),
        ("Встреча завтра", "Завтра встреча завтра", ["Завтра встреча"]),
        ("один два три", "один три", []),
        ("один два три", "один 2 три 4", ["2", "4"]),
        ("Да! Нет.", "Да, нет...", ["нет.."]),
        ("слово", "слово.", []),
        ("а 😀 б", "а 😀 голосуйте 😀 б", ["голосуйте 😀"]),
        ("одно два", "одно\n\nещё\nстрока  два", ["ещё\nстрока"]),
        ("Сайлауға барамыз", "Сайлауға бірге барамыз, достар", ["бірге", "достар"]),
    ],
)
def test_added_stretches_are_the_words_that_were_not_there(
    old: str, new: str, added: list[str]
) -> None:
    cut = [new[span.start : span.end].strip(" ,") for span in added_spans(old, new)]
    assert cut == added


WORDS = st.lists(st.sampled_from(["а", "б", "в", "қ", "😀", ",", "."]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_without_the_added_words_the_new_text_has_nothing_the_old_one_lacks(
    old: str, new: str
) -> None:
    spans = added_spans(old, new)
    assert list(spans) == sorted(spans)
    rest = "".join(
        " " if any(span.start <= n < span.end for span in spans) else one
        for n, one in enumerate(new)
    )
    words = iter([one for one in old.split() if one.isalnum()])
    assert all(one in words for one in rest.split() if one.isalnum())


def test_long_texts_are_compared_in_good_time() -> None:
    words = [f"слово{n % 700}" for n in range(30_000)]
    changed = [*words[:100], "голосуйте", *words[100:25_000], "завтра", *words[25_000:]]
    new = " ".join(changed)
    started = datetime.now(UTC)
    cut = [new[span.start : span.end] for span in added_spans(" ".join(words), new)]
    assert cut == ["голосуйте", "завтра"]
    assert datetime.now(UTC) - started < timedelta(seconds=20)


# --- portable ------------------------------------------------------------------------------------


def test_a_post_is_cleaned_in_every_field_and_says_so_once() -> None:
    odd = post(
        "те\0кст\ud800",
        author="\0",
        links=("a\0",),
        media=(Media("poll", title="\udfff?", data={"o\0": ["\0a", {"b": "\ud83d"}], "n": 1}),),
        notes=("doubted the date",),
    )
    clean = portable_post(odd)
    assert (clean.text, clean.author, clean.links) == ("текст", "", ("a",))
    assert clean.media[0].title == "?"
    assert clean.media[0].data == {"o": ["a", {"b": ""}], "n": 1}
    assert clean.notes[0] == "doubted the date"
    assert sorted(clean.notes[1:]) == ["stripped NUL", "stripped lone surrogates"]
    assert portable_post(clean) == clean
