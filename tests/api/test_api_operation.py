"""Sources, the election in force, health, metrics, and the OpenAPI description of it all."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from api_world import ELECTION, NOW, World, at
from fastapi.testclient import TestClient

from api import schemas
from api.calendar import lines, standing
from api.requests import RequestIds
from api.schemas import ElectionOut, SourceDetail, SourceList
from core.election import Names
from core.ports import Counts
from monitor.logs import JsonFormatter


def test_sources_that_alarm_come_first_and_say_why(api: TestClient) -> None:
    body = SourceList.model_validate(api.get("/api/sources").json())
    assert [one.id for one in body.items[:2]] == ["akimat", "blog"]
    assert body.alarming == 2
    assert body.items[0].alarm is not None
    assert body.items[0].alarm.ru == "Источник не отвечает."
    assert body.items[0].failures_in_a_row == 3
    assert body.items[0].lag_s == 5 * 3600
    assert body.items[2].alarm is None


def test_a_source_shows_its_newest_gaps_first(api: TestClient) -> None:
    body = SourceDetail.model_validate(api.get("/api/sources/akimat").json())
    assert [one.reason[:3] for one in body.gaps] == ["429", "con"]


def test_the_election_says_what_holds_now_in_each_zone(api: TestClient) -> None:
    body = ElectionOut.model_validate(api.get("/api/elections/current").json())
    assert body.id == ELECTION.id
    assert {zone.state for one in body.contests for zone in one.zones} == {"silence"}
    assert body.law["silence_violation"].basis == ["book", "press"]


@pytest.mark.parametrize(
    ("moment", "zone", "state"),
    [
        ("17 23:59", "Asia/Almaty", "campaign"),
        ("18 00:00", "Asia/Almaty", "silence"),
        ("18 00:59", "Asia/Oral", "campaign"),
        ("18 01:00", "Asia/Oral", "silence"),
        ("19 06:59", "Asia/Almaty", "silence"),
        ("19 07:00", "Asia/Almaty", "voting"),
        ("19 20:00", "Asia/Almaty", "silence"),
        ("20 00:00", "Asia/Almaty", "over"),
        ("20 00:59", "Asia/Oral", "silence"),
        ("20 01:00", "Asia/Oral", "over"),
    ],
)
def test_the_strip_turns_at_midnight_of_each_zone(moment: str, zone: str, state: str) -> None:
    contest = ELECTION.contests["maslikhat-oblast"]
    assert standing(contest, zone, at(moment)).state == state


def test_between_the_first_midnight_and_the_last_zones_stand_apart() -> None:
    (line,) = lines(ELECTION, at("18 00:30"))
    assert [(one.offset, one.standing.state) for one in line.groups] == [
        ("+06:00", "silence"),
        ("+05:00", "campaign"),
    ]


def test_before_the_call_and_before_the_opening() -> None:
    contest = ELECTION.contests["mazhilis"]
    assert standing(contest, "Asia/Almaty", at("18 00:00") - timedelta(days=90)).state == "uncalled"
    assert standing(contest, "Asia/Almaty", at("18 00:00") - timedelta(days=40)).state == "called"


def test_alive_whatever_the_stores_do(world: World) -> None:
    world.archive.down = world.index.down = True
    assert world.client().get("/healthz").json() == {"status": "ok", "version": "0.0-test"}


@pytest.mark.parametrize(("archive", "index"), [(True, False), (False, True), (True, True)])
def test_not_ready_names_what_is_missing(world: World, archive: bool, index: bool) -> None:
    api = world.client()
    assert api.get("/readyz").status_code == 200
    world.archive.down, world.index.down = archive, index
    answer = api.get("/readyz")
    assert answer.status_code == 503
    missing = [name for name, away in (("archive", archive), ("index", index)) if away]
    assert answer.json()["missing"] == missing
    assert answer.headers["retry-after"]


def sample(text: str, name: str) -> float:
    (line,) = [one for one in text.splitlines() if one.startswith(f"{name} ")]
    return float(line.split()[-1])


def test_metrics_say_what_is_held_and_owed(world: World) -> None:
    counted = Counts(12, 7, 3, 1, NOW - timedelta(seconds=90), 2, None, 4)
    world.archive.counted = counted
    api = world.client()
    api.get("/api/flags")
    text = api.get("/metrics").text
    assert sample(text, "baqylau_posts") == 12
    assert sample(text, "baqylau_pending") == 3
    assert sample(text, "baqylau_oldest_pending_seconds") == 90
    assert sample(text, "baqylau_index_pending") == 2
    assert sample(text, "baqylau_gaps") == 4
    assert sample(text, "baqylau_sources_alarming") == 2
    assert 'baqylau_request_seconds_count{method="GET",route="/api/flags",status="200"} 1.0' in text


def test_metrics_know_routes_and_never_addresses(world: World) -> None:
    api = world.client()
    api.get("/api/posts/some-secret-id")
    api.get("/nobody-knows-this")
    text = api.get("/metrics").text
    assert "some-secret-id" not in text
    assert "nobody-knows-this" not in text
    assert 'route="/api/posts/{post_id}",status="404"' in text


def test_metrics_come_without_the_archive_too(world: World) -> None:
    api = world.client()
    world.archive.down = True
    assert sample(api.get("/metrics").text, "baqylau_archive_up") == 0


def test_metrics_count_errors_by_kind_and_what_the_index_refused(world: World) -> None:
    api = world.client()
    assert sample(api.get("/metrics").text, "baqylau_index_refused") == 0
    world.index.down = True
    assert api.get("/api/posts").status_code == 503
    text = api.get("/metrics").text
    assert sample(text, 'baqylau_errors_total{kind="StoreUnavailable"}') == 1
    assert "baqylau_index_refused " not in text
    assert sample(text, "baqylau_archive_up") == 1


def test_every_line_of_a_request_has_its_id_and_the_posts(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "api")
    caplog.handler.addFilter(RequestIds())
    api, wanted = world.client(), next(iter(world.archive.posts))
    first = api.get(f"/api/posts/{wanted}", headers={"X-Request-ID": "of-a-proxy-1"})
    assert first.headers["x-request-id"] == "of-a-proxy-1"
    world.index.down = True
    second = api.get("/api/posts?q=secret", headers={"X-Request-ID": "no good\t"})
    given = second.headers["x-request-id"]
    assert len(given) == 32
    told, *others = (json.loads(JsonFormatter().format(one)) for one in caplog.records)
    assert told["message"] == "GET /api/posts/{post_id} 200"
    assert (told["request_id"], told["post_id"]) == ("of-a-proxy-1", wanted)
    assert [one["request_id"] for one in others] == [given] * len(others)
    assert [one["level"] for one in others] == ["WARNING", "INFO"]
    assert "secret" not in str(others)


def test_two_applications_keep_their_figures_apart(world: World) -> None:
    first, second = world.client(), world.client()
    first.get("/healthz")
    assert 'route="/healthz"' not in second.get("/metrics").text


def routes(api: TestClient) -> list[tuple[str, dict[str, Any]]]:
    paths = api.get("/openapi.json").json()["paths"]
    return [(path, one) for path, methods in paths.items() for one in methods.values()]


def test_openapi_describes_every_route_parameter_and_answer(api: TestClient) -> None:
    found = routes(api)
    assert {path for path, _ in found} >= {
        "/api/flags", "/api/posts", "/api/posts/{post_id}", "/api/evidence/{sha256}",
        "/api/trends", "/api/sources", "/api/sources/{source_id}", "/api/elections/current",
        "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    for path, one in found:
        assert one["description"], path
        assert one["responses"]["200"]["content"], path
        for parameter in one.get("parameters", []):
            if path != "/problems/{name}":
                assert parameter.get("description"), (path, parameter["name"])
        for status, answer in one["responses"].items():
            if status != "200" and path.startswith("/api"):
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


SHAPES = {
    "flags": schemas.FlagList, "posts": schemas.PostList, "post": schemas.PostOut,
    "trends": schemas.TrendsOut, "sources": schemas.SourceList, "source": schemas.SourceDetail,
    "election": schemas.ElectionOut, "healthz": schemas.Health, "readyz": schemas.Ready,
}  # fmt: skip


def test_every_json_answer_has_an_example_of_its_shape(api: TestClient) -> None:
    shown = {
        one["operationId"]: one["responses"]["200"]["content"]["application/json"]["example"]
        for _, one in routes(api)
        if "application/json" in one["responses"]["200"]["content"]
    }
    assert set(shown) == set(SHAPES)
    for name, example in shown.items():
        SHAPES[name].model_validate(example)


def test_openapi_names_no_parameter_that_is_refused(api: TestClient) -> None:
    for path, one in routes(api):
        names = {p["name"] for p in one.get("parameters", []) if p["in"] == "query"}
        if path in {"/api/flags", "/api/posts"}:
            assert {"q", "rule", "from", "to", "facets", "cursor", "limit", "act"} <= names


def test_documentation_needs_nothing_from_elsewhere(api: TestClient) -> None:
    for path in ("/docs", "/", "/sources"):
        text = api.get(path).text
        for line in text.split("src=")[1:] + text.split("<link ")[1:]:
            assert "http" not in line.split(">")[0], line[:80]


def test_names_fill_each_other(world: World) -> None:
    health = world.archive.health[0]
    account = replace(health.source.account, name=Names(ru="Только русский"))
    world.archive.health = [replace(health, source=replace(health.source, account=account))]
    (one,) = world.client().get("/api/sources").json()["items"]
    assert one["account"]["name"] == dict.fromkeys(("kk", "ru", "en"), "Только русский")
