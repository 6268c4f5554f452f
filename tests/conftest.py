"""What holds for every test: in CI a skip is a failure, since CI installs what tests need."""

from __future__ import annotations

import os

import pytest

from tests.services.postgres import (  # noqa: F401  (fixtures)
    migrated,
    postgres,
    postgres_archive,
    postgres_place,
)

NO_SKIP = "BAQYLAU_NO_SKIP"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With BAQYLAU_NO_SKIP set, skipped tests make the run fail, each with its reason printed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get(NO_SKIP) or reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    for report in skipped:
        reporter.write_line(f"skipped where nothing may be: {report.nodeid}: {report.longrepr}")
    if skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
