"""Where and when a run took place."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone

from harness.host.environment import look, versions
from harness.running.engine import run
from harness.settings.run import Settings
from harness.values.events import RunFinished
from harness.values.target import TargetSpec


def test_the_start_is_told_in_utc() -> None:
    """Whatever the zone, and in whole seconds."""
    there = datetime(2026, 1, 31, 12, 30, 5, 999, tzinfo=timezone(timedelta(hours=3)))
    found = look(there)
    assert found.started == datetime(2026, 1, 31, 9, 30, 5, tzinfo=UTC)
    assert found.kernel == os.uname().release
    assert found.cpus >= 1
    assert set(found.libraries) == {"hypothesis", "msgspec", "psutil"}


def test_a_package_that_is_not_there_is_left_out() -> None:
    """Nothing is raised."""
    assert versions(("no-such-package", "msgspec")).keys() == {"msgspec"}


def test_a_run_tells_its_environment_and_the_name_of_its_target() -> None:
    """Also when the target could not be tested."""
    before = datetime.now(UTC).replace(microsecond=0)
    settings = Settings(target=TargetSpec(command=("/no/such/program",)), label="mine")
    (*_, last) = run(settings)
    assert isinstance(last, RunFinished)
    assert last.report.target.name == "mine"
    assert last.report.environment is not None
    assert before <= last.report.environment.started <= datetime.now(UTC)
