"""The power to find bugs, and the restraint not to invent any.  Slow: minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.fuzzer.script import NEEDS_PID, script_for
from harness.fuzzer.triage import bytes_of
from harness.values.verdict import Profile
from tests import good
from tests.fuzzer.power import false_alarms, sessions_to_failure, shrunk_failure
from tests.fuzzer.targets import HUNTED, REFERENCE, Hunted, broken, correct, fleet_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEEDS = range(10)
GOOD = [server for server in good.servers() if good.missing_tool(server) is None]
SESSIONS = 100_000
"""In total, over all correct servers; those that are launched for each session get few."""
ONE_SHOT_SESSIONS = 60

each_bug = pytest.mark.parametrize("hunted", HUNTED, ids=[each.name for each in HUNTED])


@each_bug
def test_a_bug_is_found_by_nine_seeds_in_ten(hunted: Hunted) -> None:
    found = [sessions_to_failure(hunted, seed) for seed in SEEDS]
    assert sum(each is not None for each in found) >= 9, found


@each_bug
def test_a_bug_is_shrunk_to_what_it_needs_and_its_program_shows_it(
    hunted: Hunted, tmp_path: Path
) -> None:
    failure = shrunk_failure(hunted, seed=1, seconds=120)
    assert failure is not None
    plan = failure.case.plan
    assert len(plan.scripts) <= hunted.sessions, plan
    assert bytes_of(plan) <= hunted.size, plan
    program = tmp_path / "show.py"
    program.write_text(script_for(failure.case), encoding="utf-8")
    command, profile = broken(hunted.name)
    assert any(_status(program, command, profile, plan) == 1 for _ in range(5))
    assert _status(program, REFERENCE, Profile.SEQUENTIAL, plan) == 0


def _status(program: Path, command: list[str], profile: Profile, plan: object) -> int:
    with fleet_for(command, profile) as fleet:
        fleet.refresh()
        assert fleet.current is not None
        host, port = fleet.current.address
        words = [sys.executable, str(program), host, str(port), "--patience", "2"]
        if any(kind.__name__ in repr(plan) for kind in NEEDS_PID):
            words += ["--pid", str(fleet.current.pid)]
        return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.parametrize("server", GOOD, ids=[server.name for server in GOOD])
def test_a_correct_server_is_accused_of_nothing(server: good.GoodServer) -> None:
    command, profile = correct(server.name)
    lasting = sum(Profile(each.profile) is not Profile.ONE_SHOT for each in GOOD)
    sessions = ONE_SHOT_SESSIONS if profile is Profile.ONE_SHOT else SESSIONS // lasting
    assert false_alarms(command, profile, sessions, seed=11) == []
