"""Captured bytes: unchanged, never rendered, never without a line in the audit log."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from api_world import World

from core.model import Evidence


def first_capture(world: World) -> Evidence:
    return next(iter(world.archive.posts.values())).captures[0]


def test_the_bytes_come_as_they_were_captured_and_as_a_download(world: World) -> None:
    capture = first_capture(world)
    answer = world.client().get(f"/api/evidence/{capture.sha256}")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == capture.sha256
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-captured-content-encoding"] == "gzip"
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_every_read_is_in_the_audit_log_with_who_when_and_what(world: World) -> None:
    capture = first_capture(world)
    api = world.client()
    api.get(f"/api/evidence/{capture.sha256}")
    api.get(f"/api/evidence/{capture.sha256.upper()}", headers={"X-Remote-User": "d.omar\x01"})
    first, second = world.archive.log
    assert first.action == "evidence.read"
    assert first.subject == capture.sha256
    assert first.at == world.clock.at
    assert first.actor == "anonymous@testclient"
    assert first.detail["url"] == capture.url
    assert second.actor == "d.omar@testclient"


def test_no_bytes_leave_when_the_log_cannot_be_written(world: World) -> None:
    capture = first_capture(world)
    api = world.client()
    body = world.archive.bodies[capture.capture_id]

    def refuse(**_: object) -> None:
        world.archive.down = True
        world.archive._called("append_audit")

    world.archive.append_audit = refuse  # type: ignore[method-assign, assignment]
    answer = api.get(f"/api/evidence/{capture.sha256}")
    assert answer.status_code == 503
    assert body not in answer.content


@pytest.mark.parametrize("name", ["abc", "g" * 64, "0" * 63, "0" * 65, "..%2F..%2Fetc%2Fpasswd"])
def test_what_is_no_hash_is_refused(world: World, name: str) -> None:
    answer = world.client().get(f"/api/evidence/{name}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.archive.log == []


def test_an_unknown_hash_is_not_found(world: World) -> None:
    assert world.client().get(f"/api/evidence/{'0' * 64}").status_code == 404


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damaged_evidence_is_not_given_out_and_says_so(world: World, damage: str) -> None:
    capture = first_capture(world)
    if damage == "changed":
        world.archive.bodies[capture.capture_id] += b"!"
        api = world.client()
    else:

        def gone(_: Evidence) -> bytes:
            raise FileNotFoundError("the file is gone")

        world.archive.read_evidence = gone  # type: ignore[method-assign]
        api = world.client()
    answer = api.get(f"/api/evidence/{capture.sha256}")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/evidence-damaged"
    (line,) = world.archive.log
    assert line.detail["refused"]


def test_of_several_captures_the_oldest_is_described(world: World) -> None:
    ident, state = next(iter(world.archive.posts.items()))
    capture = state.captures[0]
    later = replace(
        capture, url="https://later.example/", fetched_at=capture.fetched_at.replace(hour=23)
    )
    world.archive.posts[ident] = replace(state, captures=(later, capture))
    answer = world.client().get(f"/api/evidence/{capture.sha256}")
    assert answer.headers["x-captures"] == "2"
    assert answer.headers["x-captured-url"] == capture.url


def test_hostile_headers_of_a_capture_stay_one_header(world: World) -> None:
    ident, state = next(iter(world.archive.posts.items()))
    hostile = replace(
        state.captures[0],
        url="https://a.example/қазақ\r\nSet-Cookie: x=1",
        content_type="text/html\r\nX-Evil: 1",
    )
    world.archive.posts[ident] = replace(state, captures=(hostile,))
    world.archive.bodies[hostile.capture_id] = world.archive.bodies[state.captures[0].capture_id]
    answer = world.client().get(f"/api/evidence/{hostile.sha256}")
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert "set-cookie" not in answer.headers
