"""What depends on the sort of a case, streams or datagrams, for those who have to do with both."""

from __future__ import annotations

from harness.fuzzer.bugs import Bug
from harness.fuzzer.bugs import bug_of as bug_of_streams
from harness.fuzzer.case import Case
from harness.fuzzer.datagrams.bugs import bug_of as bug_of_datagrams
from harness.fuzzer.datagrams.case import DatagramCase
from harness.fuzzer.datagrams.replay import unsuited as unsuited_datagrams
from harness.fuzzer.replay import unsuited as unsuited_streams
from harness.values.address import Transport
from harness.values.verdict import Finding, Profile

AnyCase = Case | DatagramCase


def bug_of(case: AnyCase, finding: Finding) -> Bug:
    """The bug that ``case`` has shown by ``finding``."""
    if isinstance(case, DatagramCase):
        return bug_of_datagrams(case.plan, finding)
    return bug_of_streams(case.plan, finding)


def unsuited(case: AnyCase, profile: Profile, transport: Transport) -> str | None:
    """Why a target need not pass ``case``, or cannot be asked; None if it must."""
    if isinstance(case, DatagramCase) is not (transport is Transport.UDP):
        return f"it is about {case.kind}"
    if isinstance(case, DatagramCase):
        return unsuited_datagrams(case, profile)
    return unsuited_streams(case, profile)
