"""What was left unfinished proves nothing: a search that was stopped, a plan that was cut short."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from harness import fuzzer
from harness.errors import TargetProblem
from harness.fuzzer import Case, FuzzSummary, Rate
from harness.running.fuzz_check import FuzzWork
from harness.running.lane import Lane
from harness.running.patience import Patience
from harness.settings.run import Settings
from harness.testing import assert_echoes
from harness.values.address import TcpAddress
from harness.values.plan import AwaitEnd, Connect, HalfClose, Repeat, Send, one
from harness.values.target import TargetSpec
from harness.values.verdict import Profile, Status
from tests.support.serving import echo, serving

LIMIT = 0.3
"""Seconds for a plan here, in place of 15."""


def drip(connection: socket.socket) -> None:
    """A correct echo that is slower than anybody waits for."""
    while data := connection.recv(1):
        time.sleep(0.01)  # what is tested: a target that is slow
        connection.sendall(data)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.driver.manner.limit_for", lambda patience: LIMIT)


def test_a_search_that_was_stopped_is_inconclusive(tmp_path: Path) -> None:
    """As when a check fails meanwhile and the run is to end at the first failure."""
    settings = Settings(target=TargetSpec(connect=TcpAddress("127.0.0.1", 7)), corpus=str(tmp_path))
    asked = iter([False, False])
    with serving(echo) as server:
        lane = Lane(server.fleet, Patience(3.0), str)
        work = FuzzWork(settings, Profile.CONCURRENT, stop=lambda: next(asked, True))
        result = work.perform(lane, lambda event: None)
    assert result.status is Status.INCONCLUSIVE
    assert result.summary.startswith("stopped after ")


def test_a_plan_that_was_cut_short_does_not_count() -> None:
    """A target that is too slow for each plan was not fuzzed."""
    task = fuzzer.Task(
        profile=Profile.CONCURRENT,
        seed=0,
        patience=1.0,
        bounds=fuzzer.Bounds(seconds=LIMIT),
        remote=True,
    )
    with serving(drip) as server:
        *_, last = fuzzer.run(server.fleet, task)
    assert isinstance(last, FuzzSummary)
    assert last.stats.failures == last.stats.plans == 0


def test_a_case_that_was_cut_short_has_not_passed() -> None:
    """Nothing failed as far as it went, which is not far enough."""
    plan = one(Connect(), Send(Repeat(b"x", 1000)), HalfClose(), AwaitEnd())
    case = Case(
        profile=Profile.CONCURRENT, seed=0, findings=(), rate=Rate(failed=1, of=1), plan=plan
    )
    with serving(drip) as server:
        result = fuzzer.replay(case, server.fleet, patience=1.0)
    assert not result.failed
    assert "the target is slow" in (result.unable or "")


def test_an_assertion_that_was_cut_short_does_not_hold() -> None:
    """Not all of it came back, and nobody knows if it would have."""
    with serving(drip) as server, pytest.raises(TargetProblem, match="the target is slow"):
        assert_echoes(server.address, b"x" * 1000)
