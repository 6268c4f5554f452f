"""One post: revisions, clocks, annotations, flags of now and of before, captures."""

from __future__ import annotations

from api_world import World
from fastapi.testclient import TestClient

from api.schemas import PostOut


def one_with_edit(api: TestClient) -> str:
    return api.get("/api/flags", params={"act": "edit"}).json()["items"][0]["post_id"]


def test_every_post_has_the_documented_shape(read_world: World, api: TestClient) -> None:
    for ident in read_world.archive.posts:
        PostOut.model_validate(api.get(f"/api/posts/{ident}").json())


def test_an_edit_says_what_it_added_and_between_which_captures(api: TestClient) -> None:
    body = api.get(f"/api/posts/{one_with_edit(api)}").json()
    first, second = body["revisions"]
    assert first["act"]["added"] is None
    (added,) = second["act"]["added"]
    assert second["text"][added["start"] : added["end"]] == added["text"]
    assert added["text"] not in first["text"]
    assert body["clocks"]["edited"]["kind"] == "interval"
    assert len(body["captures"]) == 2
    assert {one["id"] for one in body["captures"]} == {
        first["captures"][0],
        second["captures"][0],
    }


def test_older_flags_stand_apart_from_current_ones(api: TestClient) -> None:
    body = api.get(f"/api/posts/{one_with_edit(api)}").json()
    assert body["flags"]
    assert body["older_flags"]
    assert all(one["current"] for one in body["flags"])
    assert not any(one["current"] for one in body["older_flags"])


def test_the_gravest_finding_comes_first(api: TestClient) -> None:
    body = api.get(f"/api/posts/{one_with_edit(api)}").json()
    order = ["violation", "indeterminate", "cleared"]
    found = [order.index(one["verdict"]) for one in body["flags"]]
    assert found == sorted(found)
    assert found[0] == 0


def test_a_decision_stands_beside_the_verdict_and_never_in_it(api: TestClient) -> None:
    flags = api.get("/api/flags", params={"source": "omarov", "limit": 200}).json()["items"]
    (decided,) = [one for one in flags if one["decisions"]]
    assert decided["decisions"][0]["ruling"] == "confirmed"
    assert decided["decisions"][0]["reviewer"] == "a.serikova"
    assert decided["verdict"] in {"violation", "indeterminate"}


def test_spans_of_annotations_hold_their_words(read_world: World, api: TestClient) -> None:
    for ident in read_world.archive.posts:
        body = api.get(f"/api/posts/{ident}").json()
        for note in body["annotations"]:
            for span in note["spans"]:
                assert body["text"][span["start"] : span["end"]] == span["text"]


def test_a_flag_shows_the_window_of_each_zone_it_was_read_in(api: TestClient) -> None:
    flag = api.get("/api/flags", params={"rule": "silence_violation", "source": "auyl"}).json()
    windows = flag["items"][0]["clock"]["windows"]
    almaty = next(one for one in windows if "Asia/Almaty" in one["zones"])
    aqtau = next(one for one in windows if "Asia/Aqtau" in one["zones"])
    assert almaty["start"] == "2023-03-18T00:00:00+06:00"
    assert almaty["start_utc"] == "2023-03-17T18:00:00Z"
    assert aqtau["start_utc"] == "2023-03-17T19:00:00Z"
    assert almaty["end"] == "2023-03-20T00:00:00+06:00"


def test_a_post_of_a_day_has_no_invented_time(api: TestClient) -> None:
    posts = api.get("/api/posts", params={"q": "ағайын"}).json()["items"]
    assert posts[0]["published"] == {"kind": "date", "day": "2023-03-18"}


def test_a_post_taken_down_says_between_which_captures(api: TestClient) -> None:
    posts = api.get("/api/posts", params={"gone": "yes"}).json()["items"]
    assert len(posts) == 1
    assert posts[0]["gone"]["earliest"]["utc"] == "2023-03-18T07:30:00Z"
