"""Every error is a problem (RFC 9457) that names what is wrong and what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from api_world import World
from fastapi.testclient import TestClient

LISTS = ("/api/flags", "/api/posts", "/api/trends")


def problem(api: TestClient, address: str, status: int) -> dict[str, Any]:
    answer = api.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status
    assert body["instance"] == address
    return body


@pytest.mark.parametrize("path", LISTS)
def test_a_mistyped_filter_is_refused_and_named(api: TestClient, path: str) -> None:
    body = problem(api, f"{path}?verdikt=violation", 422)
    assert body["errors"][0]["parameter"] == "verdikt"
    assert "verdict" in body["errors"][0]["expected"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/sources",
        "/api/elections/current",
        "/healthz",
        "/api/posts/x",
        "/api/evidence/" + "0" * 64,
    ],
)
def test_parameters_where_none_has_a_meaning_are_refused(api: TestClient, path: str) -> None:
    assert problem(api, f"{path}?x=1", 422)["errors"][0]["parameter"] == "x"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("verdict=violatoin", "verdict"),
        ("rule=silence", "rule"),
        ("kind=campaign", "kind"),
        ("signal=polls", "signal"),
        ("platform=facebook", "platform"),
        ("role=admin", "role"),
        ("role=private", "role"),
        ("language=de", "language"),
        ("act=post", "act"),
        ("contest=none", "contest"),
        ("region=KZ-99", "region"),
        ("zone=Asia/Almata", "zone"),
        ("gone=true", "gone"),
        ("facets=colour", "facets"),
        ("facets=rule,colour", "facets"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=-1", "cursor"),
        ("cursor=99999999999999999999", "cursor"),
        ("cursor=%C2%B2", "cursor"),
        ("from=yesterday", "from"),
        ("from=2023-03-18T09:00:00", "from"),
        ("from=2023-02-30", "from"),
        ("to=9999-12-31", "to"),
        ("from=2023-03-18T00:00:00Z/2023-03-19T00:00:00Z", "from"),
        ("from=2023-03-19&to=2023-03-18", "to"),
        ("q=a&q=b", "q"),
        ("limit=5&limit=6", "limit"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_parameter(
    api: TestClient, query: str, parameter: str
) -> None:
    for path in LISTS[:2]:
        error = problem(api, f"{path}?{query}", 422)["errors"][0]
        assert error["parameter"] == parameter
        assert error["expected"]


def test_a_query_that_cannot_be_read_says_where(api: TestClient) -> None:
    body = problem(api, "/api/flags?q=abc%20(def", 400)
    assert body["position"] == 5
    assert body["expected"]
    assert body["parameter"] == "q"


@pytest.mark.parametrize("q", ["(" * 900, '"', "NOT", "a " * 600, "colour:red", "-", "🙂"])
def test_odd_queries_are_refused_politely(api: TestClient, q: str) -> None:
    answer = api.get("/api/posts", params={"q": q})
    assert answer.status_code == 400, answer.text
    assert answer.json()["expected"]


def test_unknown_addresses_under_the_api_are_problems(api: TestClient) -> None:
    problem(api, "/api/nothing", 404)
    problem(api, "/api/posts/none", 404)
    problem(api, "/api/sources/none", 404)


def test_another_method_is_a_problem_and_names_what_is_allowed(api: TestClient) -> None:
    answer = api.post("/api/flags")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("part", ["archive", "index"])
def test_a_store_that_is_away_asks_to_come_again(world: World, part: str) -> None:
    api = world.client()
    setattr(getattr(world, part), "down", True)  # noqa: B010
    body = problem(api, "/api/flags", 503)
    assert body["type"] == "/problems/store-unavailable"
    assert int(api.get("/api/flags").headers["retry-after"]) > 0


def test_a_failure_of_ours_tells_nothing_of_its_inside(world: World) -> None:
    api = world.client()
    world.archive.posts = None  # type: ignore[assignment]
    body = problem(api, "/api/posts", 500)
    assert "NoneType" not in str(body)


def test_every_type_of_problem_leads_to_its_explanation(api: TestClient) -> None:
    for address, status in (("/api/flags?x=1", 422), ("/api/flags?q=(", 400), ("/api/x", 404)):
        explained = api.get(problem(api, address, status)["type"])
        assert explained.status_code == 200
        assert str(status) in explained.text
