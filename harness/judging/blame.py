"""Which instance a finding is about: its end explains it, and its output is shown.

A one-shot target has an instance for each session, and all of
them end: the clean end of one says nothing about the crash of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.values.datagrams import DatagramTrace
from harness.values.trace import Death, Trace
from harness.values.verdict import Finding, Kind

if TYPE_CHECKING:
    from harness.launcher.fleet import Fleet

OF_DEATH = frozenset({Kind.DIED, Kind.EXIT_STATUS})


def death_behind(trace: Trace | DatagramTrace, findings: Sequence[Finding]) -> Death | None:
    """The death that one of ``findings`` is about; None when none is about a death."""
    about = next((f for f in findings if f.kind in OF_DEATH), None)
    if about is None:
        return None
    deaths = [d for d in trace.deaths if not d.asked and d.script == about.session]
    return next((d for d in deaths if not d.clean), deaths[0] if deaths else None)


def output_behind(trace: Trace | DatagramTrace, findings: Sequence[Finding], fleet: Fleet) -> str:
    """The last lines of the instance that ``findings`` are about, safe to show.

    If an instance was launched again and did not come up, they are its own.
    """
    if trace.relaunched is not None and trace.relaunched.failed is not None:
        return trace.relaunched.output
    death = death_behind(trace, findings)
    session = findings[0].session if findings else None
    if death is None and session is not None:
        death = next((d for d in trace.deaths if not d.asked and d.script == session), None)
    elif death is None:  # about the target as a whole: a crash tells more than the current one
        death = next((d for d in trace.deaths if not d.asked and not d.clean), None)
    if death is not None:
        return death.output
    used = trace.instances[session] if session is not None and trace.instances else None
    return fleet.last_output(used)
