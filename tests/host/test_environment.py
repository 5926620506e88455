"""Where and when a run took place."""

from __future__ import annotations

import importlib.metadata
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

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


def test_versions_are_those_that_python_itself_tells() -> None:
    """Also of a package whose name has a hyphen."""
    names = ("hypothesis", "msgspec", "psutil", "pytest-timeout")
    assert versions(names) == {name: importlib.metadata.version(name) for name in names}


def test_a_version_that_two_folders_claim_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade that was interrupted leaves two: that is not decided by their names."""
    for number in ("1.0", "2.0"):
        folder = tmp_path / f"twice-{number}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: twice\nVersion: {number}\n")
    (tmp_path / "twice_more-3.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    found = versions(("twice", "twice-more"))
    assert found == {"twice": importlib.metadata.version("twice"), "twice-more": "3.0"}


def test_a_run_tells_its_environment_and_the_name_of_its_target() -> None:
    """Also when the target could not be tested."""
    before = datetime.now(UTC).replace(microsecond=0)
    settings = Settings(target=TargetSpec(command=("/no/such/program",)), label="mine")
    (*_, last) = run(settings)
    assert isinstance(last, RunFinished)
    assert last.report.target.name == "mine"
    assert last.report.environment is not None
    assert before <= last.report.environment.started <= datetime.now(UTC)
