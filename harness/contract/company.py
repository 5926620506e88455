"""Company: whoever has stayed is answered, when others have come and gone and nobody else comes.

A server whose processes or threads all wait for new clients wakes more of them than there are
clients.  One that woke for nothing may hang in ``accept()`` until the next client comes, and who
has been with it for long gets nothing meanwhile.  Which of them come too late is chance, so others
come and go many times, and nothing else is to do meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from harness.contract import crowd
from harness.contract.check import Context
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Finding, Kind

COME = 2
"""Clients that come at once."""
STAY = crowd.FEW - COME
"""Those who stay.  With those who come they are as many as have been served at once before."""
TURNS = 30
"""How often others come.  Every other time a process of such a server hangs afterwards, of those
that have a client who stays (measured; four processes on two cores)."""
WHO = "who stayed while others came and went"
"""Of whom a finding is, in words."""
SETTLE = 0.004
"""Seconds in which a process that woke comes to its ``accept()``, and nothing else is to do."""


def company(context: Context) -> Plan:
    """``STAY`` clients, and ``TURNS`` times ``COME`` others that come, say nothing, and go.

    When they have come those who stay speak, and nobody else comes until each has its echo.
    """
    scripts = [Script(steps=_stays(context, number)) for number in range(STAY)]
    for turn in range(TURNS):
        begins = p.Meet(_silence(turn - 1)) if turn else p.Meet("there")
        steps = (begins, p.Connect(), p.Wait(SETTLE), p.Meet(_come(turn)), p.Close())
        scripts += [Script(steps=steps)] * COME
    return Plan(scripts=tuple(scripts))


def _come(turn: int) -> str:
    return f"others have come {turn}"


def _silence(turn: int) -> str:
    return f"all have been answered {turn}"


def _stays(context: Context, number: int) -> tuple[Step, ...]:
    def said(turn: int) -> tuple[Step, ...]:
        return (p.Send(context.data(number * 100 + turn, 30)), p.AwaitEcho())

    steps: list[Step] = [p.Connect(), *said(TURNS), p.Meet("there")]
    for turn in range(TURNS):
        steps += [p.Meet(_come(turn)), *said(turn), p.Meet(_silence(turn))]
    return (*steps, p.HalfClose(), p.AwaitEnd())


def breaches(findings: Iterable[Finding]) -> list[Finding]:
    """Those about who stays and was served before, and the end of the target, the gravest first."""
    found = [f for f in findings if f.kind is Kind.DIED or (_stayed(f) and f.received)]
    return sorted((_told_of(f) for f in found), key=lambda f: f.kind is not Kind.DIED)


def _stayed(finding: Finding) -> bool:
    return finding.session is not None and finding.session < STAY


def _told_of(finding: Finding) -> Finding:
    if finding.kind is Kind.DIED:
        return finding
    they = f"{STAY} {WHO}, {COME} at once"
    return msgspec.structs.replace(finding, message=f"{finding.message}; it was one of {they}")
