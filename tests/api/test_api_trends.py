"""Counts per local day, their denominators, and the table that is an export."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from api_world import World
from fastapi.testclient import TestClient

from api.schemas import TrendsOut
from api.trends import _cell


@pytest.mark.parametrize("by", ["", "by=party", "by=party&by=region", "by=rule,verdict&of=flags"])
def test_answers_have_the_documented_shape(api: TestClient, by: str) -> None:
    TrendsOut.model_validate(api.get(f"/api/trends?{by}").json())


def test_counts_agree_with_the_lists(api: TestClient) -> None:
    trends = api.get("/api/trends", params={"by": ["rule", "verdict"]}).json()
    assert trends["of"] == "flags"
    flags = api.get("/api/flags", params={"limit": 200}).json()["items"]
    wanted = Counter((one["rule"], one["verdict"]) for one in flags)
    found: Counter[tuple[str, str]] = Counter()
    for row in trends["rows"]:
        found[row["rule"], row["verdict"]] += row["count"]
    # A time between two captures may lie on two days and counts on both.
    assert set(found) == set(wanted)
    assert all(found[key] >= wanted[key] for key in wanted)


def test_the_denominator_is_what_was_collected_of_the_same_population(api: TestClient) -> None:
    trends = api.get("/api/trends", params={"by": "kind,region", "kind": "campaigning"}).json()
    assert trends["collected_by"] == ["region"]
    everything = api.get("/api/trends", params={"by": "region"}).json()
    collected = {(one["day"], one["region"]): one["count"] for one in everything["rows"]}
    for row in trends["rows"]:
        assert row["collected"] == collected[row["day"], row["region"]] >= row["count"]
    for day in trends["days"]:
        assert day["collected"] >= day["count"]


def test_a_search_narrows_the_count_and_not_the_denominator(api: TestClient) -> None:
    plain = api.get("/api/trends").json()["days"]
    asked = api.get("/api/trends", params={"q": "дауыс"}).json()["days"]
    assert sum(one["count"] for one in asked) < sum(one["count"] for one in plain)
    whole = {one["day"]: one["collected"] for one in plain}
    assert all(one["collected"] == whole[one["day"]] for one in asked)


def test_days_with_nothing_are_there_and_days_of_silence_are_named(api: TestClient) -> None:
    days = {one["day"]: one for one in api.get("/api/trends").json()["days"]}
    assert days["2023-03-10"]["collected"] == 0
    assert "maslikhat-oblast" in days["2023-03-18"]["silence"]
    assert days["2023-03-17"]["silence"] == []
    assert "2023-03-20" not in days


def test_the_silence_window_stands_in_every_zone(api: TestClient) -> None:
    silence = api.get("/api/trends").json()["silence"]
    zones = {one["zone"]: one["start_utc"] for one in silence[0]["zones"]}
    assert zones["Asia/Almaty"] == "2023-03-17T18:00:00Z"
    assert zones["Asia/Oral"] == "2023-03-17T19:00:00Z"


def test_private_posts_are_counted_but_never_by_account(api: TestClient) -> None:
    by_role = api.get("/api/trends", params={"by": "role"}).json()["rows"]
    assert "private" in {one["role"] for one in by_role}
    for by in ("source", "candidate"):
        rows = api.get("/api/trends", params={"by": [by, "role"]}).json()["rows"]
        assert "private" not in {one["role"] for one in rows}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("by=party,region,kind", "by"),
        ("by=colour", "by"),
        ("by=local_day", "by"),
        ("by=rule&of=posts", "of"),
        ("of=people", "of"),
        ("format=xml", "format"),
        ("limit=3", "limit"),
        ("facets=rule", "facets"),
    ],
)
def test_a_wrong_grouping_is_named(api: TestClient, query: str, parameter: str) -> None:
    answer = api.get(f"/api/trends?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


def test_the_table_holds_the_same_counts_and_is_in_the_audit_log(world: World) -> None:
    api = world.client()
    rows = api.get("/api/trends", params={"by": "party,region"}).json()["rows"]
    assert world.archive.log == []
    answer = api.get("/api/trends", params={"by": "party,region", "format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["day"], one["party"], one["region"], int(one["posts"])) for one in table] == [
        (one["day"], one["party"], one["region"], one["count"]) for one in rows
    ]
    assert "prosecutor or a court" in table[0]["notice"]
    (line,) = world.archive.log
    assert line.action == "trends.export"
    assert "party" in str(line.detail["query"])


def test_no_cell_is_taken_for_a_formula() -> None:
    assert _cell("=1+1") == "'=1+1"
    assert _cell("@x") == "'@x"
    assert _cell("KZ-15") == "KZ-15"
