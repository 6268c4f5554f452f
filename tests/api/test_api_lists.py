"""The lists: every filter, facets, pages, snippets, and what stays out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from api_world import ACCOUNTS, World, at
from fastapi.testclient import TestClient

from api.schemas import FlagList, PostList
from core.model import FACETS
from core.when import Instant


def items(api: TestClient, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = api.get(path, params={"limit": 200, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_answers_have_the_documented_shape(api: TestClient) -> None:
    FlagList.model_validate(api.get("/api/flags", params={"facets": ",".join(FACETS)}).json())
    PostList.model_validate(api.get("/api/posts", params={"facets": ",".join(FACETS)}).json())


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("rule", "poll_ban", lambda one: one["rule"]),
        ("verdict", "violation", lambda one: one["verdict"]),
        ("contest", "maslikhat-oblast", lambda one: one["contest"]["id"]),
        ("kind", "civic_info", lambda one: one["post"]["kind"]["value"]),
        ("signal", "vote_buying", lambda one: one["post"]["signals"][0]),
        ("region", "KZ-15", lambda one: one["post"]["account"]["regions"][0]),
        ("platform", "web", lambda one: one["post"]["platform"]),
        ("role", "party", lambda one: one["post"]["account"]["role"]),
        ("language", "mixed", lambda one: one["post"]["language"]),
        ("source", "omarov", lambda one: one["post"]["source"]),
        ("act", "edit", lambda one: one["act"]["kind"]),
    ],
)
def test_a_filter_keeps_only_its_value(api: TestClient, name: str, value: str, read: Any) -> None:
    kept = items(api, "/api/flags", **{name: value})
    everything = items(api, "/api/flags")
    assert kept
    assert {read(one) for one in kept} == {value}
    assert len(kept) < len(everything)


@pytest.mark.parametrize(
    ("name", "value"), [("party", "auyl"), ("candidate", "ala-omarov"), ("zone", "Asia/Aqtau")]
)
def test_filters_by_what_is_named_or_addressed(api: TestClient, name: str, value: str) -> None:
    kept = items(api, "/api/flags", **{name: value})
    facet = api.get("/api/flags", params={"facets": name}).json()["facets"][name]
    assert len(kept) == {one["value"]: one["count"] for one in facet}[value] > 0


def test_values_of_one_filter_are_alternatives_and_filters_hold_together(api: TestClient) -> None:
    both = items(api, "/api/flags", rule=["poll_ban", "vote_buying"], role="blogger")
    assert {one["rule"] for one in both} == {"poll_ban", "vote_buying"}
    assert {one["post"]["account"]["role"] for one in both} == {"blogger"}


def test_private_posts_stay_out_of_every_list_whatever_is_asked(api: TestClient) -> None:
    for path in ("/api/flags", "/api/posts"):
        for params in ({}, {"q": "Омарова OR role:private"}, {"source": "chat"}):
            found = items(api, path, **params)
            assert "chat" not in {one.get("post", one)["source"] for one in found}


def test_every_page_once_and_in_order(api: TestClient) -> None:
    for path in ("/api/flags", "/api/posts", "/api/posts?verdict=violation&verdict=indeterminate"):
        whole = [one["id"] for one in items(api, path)]
        walked: list[str] = []
        cursor = ""
        while True:
            page = api.get(path, params={"limit": 3, "cursor": cursor}).json()
            walked += [one["id"] for one in page["items"]]
            assert page["total"] == len(whole)
            if page["next"] is None:
                break
            cursor = page["next"]
        assert walked == whole
        assert len(set(walked)) == len(walked)


def test_rule_and_verdict_must_meet_in_one_flag(api: TestClient) -> None:
    # The edited post has `missing_imprint` undecided and `silence_violation` an apparent breach.
    mixed = items(api, "/api/posts", rule="missing_imprint", verdict="violation")
    assert mixed == []
    whole = items(api, "/api/posts", rule="silence_violation", verdict="violation")
    assert whole
    for post in whole:
        assert ("silence_violation", "violation") in {
            (one["rule"], one["verdict"]) for one in post["flags"]
        }


def test_posts_by_rule_stand_once_though_two_flags_match(api: TestClient) -> None:
    answer = api.get("/api/posts", params={"verdict": ["violation", "indeterminate"]}).json()
    ids = Counter(one["id"] for one in answer["items"])
    assert max(ids.values()) == 1
    assert answer["total"] == len(ids)
    assert answer["total_counts"] == "posts"
    flags = api.get("/api/flags", params={"limit": 200}).json()["items"]
    assert set(ids) == {one["post_id"] for one in flags}


def test_a_rule_in_the_query_is_asked_of_flags_too(api: TestClient) -> None:
    by_query = items(api, "/api/posts", q="rule:poll_ban verdict:violation")
    by_filter = items(api, "/api/posts", rule="poll_ban", verdict="violation")
    assert [one["id"] for one in by_query] == [one["id"] for one in by_filter] != []


def test_facets_count_all_that_match_and_carry_labels(api: TestClient) -> None:
    answer = api.get(
        "/api/flags", params={"facets": ["verdict,region", "source"], "limit": 1}
    ).json()
    assert set(answer["facets"]) == {"verdict", "region", "source"}
    assert sum(one["count"] for one in answer["facets"]["verdict"]) == answer["total"]
    labels = {one["value"]: one["label"] for one in answer["facets"]["verdict"]}
    assert labels["violation"] == {
        "kk": "Бұзушылық белгісі",
        "ru": "Признаки нарушения",
        "en": "Apparent breach",
    }
    sources = {one["value"]: one["label"] for one in answer["facets"]["source"]}
    assert sources["auyl"]["ru"] == ACCOUNTS["auyl"].name.ru


def test_from_a_day_to_a_day_includes_both_days_in_the_default_zone(api: TestClient) -> None:
    found = items(api, "/api/posts", **{"from": "2023-03-18", "to": "2023-03-18"})
    local = {one["published"]["utc"] for one in found if one["published"]["kind"] == "instant"}
    assert min(local) == "2023-03-17T18:20:00Z"  # 00:20 of the 18th in Almaty
    assert max(local) < "2023-03-18T18:00:00Z"


def test_from_an_instant_is_included_and_to_an_instant_is_not(api: TestClient) -> None:
    edge = "2023-03-18T11:00:00+06:00"
    after = items(api, "/api/posts", **{"from": edge})
    before = items(api, "/api/posts", to=edge)
    there = "Наши избиратели"
    assert any(there in one["snippet"]["text"] for one in after)
    assert not any(there in one["snippet"]["text"] for one in before)


def test_a_plus_sign_that_was_not_escaped_is_understood(api: TestClient) -> None:
    escaped = api.get("/api/posts?from=2023-03-18T11:00:00%2B06:00").json()["total"]
    assert api.get("/api/posts?from=2023-03-18T11:00:00+06:00").json()["total"] == escaped > 0


def test_the_snippet_shows_the_searched_words_far_down_a_text(world: World) -> None:
    text = "Басы бір бөлек. " * 90 + "Мұнда ақсақал сөйледі. " + "Соңы екі бөлек. " * 30
    world.post("qalam", text, Instant(at("18 14:00")), kind="other", language="kk")
    (one,) = items(world.client(), "/api/posts", q="ақсақал")
    snippet = one["snippet"]
    assert text[snippet["start"] : snippet["end"]] == snippet["text"]
    assert [text[h["start"] : h["end"]] for h in snippet["highlights"]] == ["ақсақал"]
    assert snippet["whole_length"] == len(text)


def test_highlights_count_code_points_not_utf16(world: World) -> None:
    text = "🗳️🇰🇿 𝐀ла 😀 сайлау күні келді"
    world.post("qalam", text, Instant(at("18 14:00")), kind="other")
    (one,) = items(world.client(), "/api/posts", q="сайлау келді")
    assert [text[h["start"] : h["end"]] for h in one["snippet"]["highlights"]] == [
        "сайлау", "келді",
    ]  # fmt: skip


def test_a_flag_marks_what_it_is_about(api: TestClient) -> None:
    for one in items(api, "/api/flags"):
        for span in one["spans"]:
            assert span["text"]
        shown = one["post"]["snippet"]
        for mark in shown["marks"]:
            inside = shown["text"][mark["start"] - shown["start"] : mark["end"] - shown["start"]]
            assert any(inside in span["text"] or span["text"] in inside for span in one["spans"])


def test_times_stand_in_utc_and_on_every_addressed_clock(api: TestClient) -> None:
    national = next(one for one in items(api, "/api/posts") if "избиратели" in str(one["snippet"]))
    published = national["published"]
    assert published["utc"] == "2023-03-18T05:00:00Z"
    assert [(one["offset"], one["at"][11:16]) for one in published["local"]] == [
        ("+06:00", "11:00"),
        ("+05:00", "10:00"),
    ]
    assert published["local"][0]["zones"] == ["Asia/Almaty", "Asia/Qostanay"]


def test_a_page_reads_the_archive_once(world: World) -> None:
    api = world.client()
    world.archive.calls.clear()
    items(api, "/api/posts")
    items(api, "/api/flags")
    assert world.archive.calls["states"] == 2


def test_a_hit_that_the_archive_no_longer_has_is_left_out(world: World) -> None:
    api = world.client()
    gone = next(iter(world.archive.posts))
    del world.archive.posts[gone]
    assert gone not in {one["id"] for one in items(api, "/api/posts")}
    assert gone not in {one["post_id"] for one in items(api, "/api/flags")}
