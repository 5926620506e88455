"""The fuzzer as a check of a run."""

from __future__ import annotations

from harness import driver
from harness.driver import datagrams
from harness.running.datagram_fuzz_check import DatagramWork
from harness.running.fuzz_check import FuzzWork


def test_a_failure_is_performed_again_by_the_driver() -> None:
    """What is captured of a failure of the fuzzer is its plan, performed once more."""
    assert FuzzWork.perform_plan is driver.perform
    assert DatagramWork.perform_plan is datagrams.perform
