"""Telling bugs of servers of datagrams apart, as `harness.fuzzer.bugs` does for streams."""

from __future__ import annotations

from harness.fuzzer.bugs import Bug
from harness.fuzzer.datagrams.case import needs_of
from harness.values.datagrams import DatagramPlan
from harness.values.verdict import Finding


def bug_of(plan: DatagramPlan, finding: Finding) -> Bug:
    return Bug(breach=str(finding.kind), decides=needs_of(plan), ending="")


def raw_bug_of(finding: Finding) -> Bug:
    """What it looks like before it is shrunk: the plan, which holds dozens of clients, tells
    nothing then."""
    return Bug(breach=str(finding.kind), decides=(), ending="")
