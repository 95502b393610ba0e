"""For all tests: no property is timed; where `CASEBOOK_NO_SKIPS` is set, a test that was skipped is a failure."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CASEBOOK_NO_SKIPS") and skipped and not hasattr(session.config, "workerinput"):
        reporter.write_line(f"{len(skipped)} skipped, and CASEBOOK_NO_SKIPS is set", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
