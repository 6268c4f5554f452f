"""The invented world, once a session where a test only reads it."""

from __future__ import annotations

import pytest
from api_stories import full_world
from api_world import World
from fastapi.testclient import TestClient


@pytest.fixture(scope="session")
def read_world() -> World:
    """A world nobody changes."""
    return full_world()


@pytest.fixture(scope="session")
def api(read_world: World) -> TestClient:
    """A client of it."""
    return read_world.client()


@pytest.fixture
def world(read_world: World) -> World:
    """A world of the test's own."""
    return read_world.copy()
