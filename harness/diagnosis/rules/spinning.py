"""Processor time for nothing: rules of the group "process"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_deaths import FAMINE
from harness.diagnosis.facts_process import after_it_waited, first_kind, idle_cpu
from harness.diagnosis.rule import Rule, Sign
from harness.values.verdict import Kind


def spins_at_end(case: Case) -> Sign | None:
    """It is busy once its client has ended."""
    e = case.of("shutdown/no-spin")
    if e is None or e.first.kind is not Kind.RESOURCE or "resources/idle-cpu" in case.failed:
        return None
    said = "It is busy after its client has ended, and at rest while nobody is connected."
    return Sign(frozenset({e.check_id}), (said,))


def spins_idle(case: Case) -> Sign | None:
    """It is busy whether a client is there or not."""
    alone, with_one = idle_cpu(case)
    if not (alone and with_one):
        return None
    said = "It is busy while nobody is connected, and while a client is idle."
    return Sign(frozenset({"resources/idle-cpu", "shutdown/no-spin"}), (said,), CERTAIN)


def writable(case: Case) -> Sign | None:
    """It is busy while a client is idle, and at rest while there is none."""
    alone, with_one = idle_cpu(case)
    once = with_one and after_it_waited(case)
    if alone or not with_one or (case.language_by("") == "go" and not once):  # it has no such event
        return None
    said = "It is busy while a client is connected and idle, and at rest while nobody is there."
    if once:
        said = (
            "It is busy while a client is idle for which output had to wait once, and which has "
            "got it all; before that it was at rest."
        )
    return Sign(frozenset({"resources/idle-cpu", "shutdown/no-spin"}), (said,), LIKELY)


def reads_in_vain(case: Case) -> Sign | None:
    """It is busy while a client is idle, in a language in which a program asks for no events."""
    alone, with_one = idle_cpu(case)
    if alone or not with_one or case.language_by("") != "go" or after_it_waited(case):
        return None
    said = "It is busy while a client is connected and idle, and at rest while nobody is there."
    return Sign(
        frozenset({"resources/idle-cpu", "shutdown/no-spin"}),
        (said,),
        LIKELY,
        "a call that returns at once is made again and again, such as a read that fails because "
        "its deadline is over",
    )


def spins_at_accept(case: Case) -> Sign | None:
    """It is busy while it waits for a client, or has no descriptor left for one."""
    if first_kind(case, FAMINE) is Kind.RESOURCE:
        said = "While it had no descriptor left for one more client it was busy all the time."
        return Sign(frozenset({FAMINE}), (said,), CERTAIN)
    alone, with_one = idle_cpu(case)
    if not alone or with_one:
        return None
    said = "It is busy while it waits for a client, and at rest while it has one."
    return Sign(frozenset({"resources/idle-cpu"}), (said,))


def spins_when_full(case: Case) -> Sign | None:
    """It is busy while a client does not read."""
    e = case.of("partial-send/no-spin")
    if e is None or e.first.kind is not Kind.RESOURCE or "resources/idle-cpu" in case.failed:
        return None
    said = "It is busy while a client does not read, and at rest while its client is idle."
    return Sign(frozenset({e.check_id}), (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule("spins-at-end", spins_at_end, must=("shutdown/no-spin",), strength=1),
    Rule("spins-idle", spins_idle, must=("resources/idle-cpu",), strength=1),
    Rule("busy-loop-writable", writable, must=("resources/idle-cpu",), strength=1),
    Rule("spins-idle", reads_in_vain, must=("resources/idle-cpu",), strength=1),
    Rule("spins-at-accept", spins_at_accept, strength=1),
    Rule("spins-when-full", spins_when_full, must=("partial-send/no-spin",), strength=1),
)
