"""Small extra experiments on a target that failed: they tell likely bugs apart.

They judge nothing.  Their result is one word on when the target answers at all.
"""

from __future__ import annotations

import threading

from harness.diagnosis.evidence import Answers
from harness.driver import Manner, perform
from harness.errors import EchoHarnessError
from harness.launcher.fleet import Fleet
from harness.launcher.shared import SharedFleet
from harness.values.plan import AwaitEcho, Close, Connect, HalfClose, Literal, Plan, Send, Step, one
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind

WORD = b"probe"
STAGES = (1024, 4096, 65536)
"""Bytes sent in all at each further stage: the sizes of buffers that programs wait to fill."""


class Experiments:
    """What the experiments of a run have shown: one target answers the same way in all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers = Answers.UNKNOWN

    def answers(
        self,
        fleet: Fleet,
        findings: list[Finding],
        patience: float,
        rate: float | None,
    ) -> Answers:
        """When the target answers, as far as is known; found out once, when ``findings`` ask."""
        if not any(f.kind in (Kind.NO_ECHO, Kind.NOT_TAKEN) for f in findings):
            return self._answers
        with self._lock:
            if self._answers is Answers.UNKNOWN:
                self._answers = _probe(fleet, patience, rate)
            return self._answers


def _probe(fleet: Fleet, patience: float, rate: float | None) -> Answers:
    try:
        fleet.refresh()
        trace = perform(_stages(), fleet, Manner(patience=patience, rate=rate))
        if isinstance(fleet, SharedFleet):
            fleet.discard()
    except EchoHarnessError:
        return Answers.UNKNOWN
    return read(trace)


def _stages() -> Plan:
    steps: list[Step] = [Connect(), Send(Literal(WORD)), AwaitEcho(briefly=True)]
    steps += [Send(Literal(b"\n")), AwaitEcho(briefly=True)]
    sent = len(WORD) + 1
    for total in STAGES:
        steps += [Send(Literal(b"x" * (total - sent))), AwaitEcho(briefly=True)]
        sent = total
    return one(*steps, HalfClose(), AwaitEcho(briefly=True), Close())


def read(trace: Trace) -> Answers:
    """What the timeline of the experiment says."""
    sent = 0
    ended = False
    for moment in trace.scripts[0].timeline:
        if moment.what == "sent":
            sent += moment.size
        elif moment.what == "half-closed":
            ended = True
        elif moment.what == "received":
            if ended:
                return Answers.AFTER_END
            if sent <= len(WORD):
                return Answers.AT_ONCE
            return Answers.AFTER_NEWLINE if sent == len(WORD) + 1 else Answers.AFTER_MORE
    return Answers.NEVER if trace.scripts[0].error is None else Answers.UNKNOWN
