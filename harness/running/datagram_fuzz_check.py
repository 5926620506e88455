"""The fuzzer as one check of a run, for servers of datagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from harness import fuzzer
from harness.contract.catalogue import FUZZ
from harness.diagnosis.evidence import AnyEvidence, DatagramEvidence
from harness.driver.datagrams import perform
from harness.fuzzer.datagrams import run as datagrams
from harness.fuzzer.datagrams.case import DatagramCase
from harness.running.fuzz_check import FuzzWork
from harness.running.lane import Lane
from harness.values.datagrams import DatagramTrace


class DatagramWork(FuzzWork):
    """As `FuzzWork`, with plans of datagrams."""

    search: ClassVar[Callable[..., Iterator[fuzzer.FuzzEvent]]] = staticmethod(datagrams.run)
    perform_plan: ClassVar[Callable[..., object]] = staticmethod(perform)

    def evidence(self, lane: Lane, first: fuzzer.Failure[Any, Any]) -> AnyEvidence:
        assert isinstance(first.case, DatagramCase)
        assert isinstance(first.trace, DatagramTrace)
        return DatagramEvidence(
            check_id=FUZZ.id,
            hint="",
            profile=self.profile,
            plan=first.case.plan,
            trace=first.trace,
            findings=first.findings,
            output=first.output,
        )
