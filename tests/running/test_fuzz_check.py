"""The fuzzer as a check of a run."""

from __future__ import annotations

import pytest

from harness import driver
from harness.driver import datagrams
from harness.fuzzer.events import FuzzSummary
from harness.running.datagram_fuzz_check import DatagramWork
from harness.running.fuzz_check import FuzzWork
from harness.values.report import FuzzStats


def test_a_failure_is_performed_again_by_the_driver() -> None:
    """What is captured of a failure of the fuzzer is its plan, performed once more."""
    assert FuzzWork.perform_plan is driver.perform
    assert DatagramWork.perform_plan is datagrams.perform


@pytest.mark.parametrize(("count", "said"), [(1, "1 plan hung"), (2, "2 plans hung")])
def test_plans_that_hung_once_are_counted_in_good_english(count: int, said: str) -> None:
    """One is no "1 plans"."""
    summary = FuzzSummary(FuzzStats(seed=0, sessions=64), "sessions", unconfirmed=count)
    assert f"; {said} once and passed" in FuzzWork.without_failures(summary).summary
