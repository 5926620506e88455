"""Several clients of which some are forgotten: each is served alone, and not beside others."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_ERRORS, OF_FUZZ, Evidence
from harness.diagnosis.facts_bytes import ended
from harness.diagnosis.facts_crowds import (
    SIDE_BY_SIDE,
    crowd_of,
    ended_together,
    fails_in_turn,
    got_nothing,
    last_served,
    later_alone,
    limit_of,
    of_several,
    only_every_other,
    passed_over,
)
from harness.diagnosis.facts_deaths import FAMINE, OF_FAMINE, code_of, plain_falls
from harness.diagnosis.facts_process import talks
from harness.diagnosis.facts_stream import kind_of
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.verdict import Kind, Profile


def _forgotten(case: Case) -> list[Evidence]:
    """Checks of several clients in which some got nothing more, though each is served alone."""
    if (
        not talks(case)
        or case.profile is not Profile.CONCURRENT
        or plain_falls(case)
        or limit_of(case)
    ):
        return []
    if fails_in_turn(case):
        return []
    found = [
        e for e in case.failures if e.plan.needs_concurrency and any(map(got_nothing, e.findings))
    ]
    return found if any(e.check_id == "sessions/simultaneous" for e in found) else []


def _silent_later(e: Evidence) -> bool:
    """Whether one that had been served before was not served any more."""
    return any(f.kind is Kind.NO_ECHO and f.received for f in e.findings)


def first_ready(case: Case) -> Sign | None:
    """Of those that are ready in the same moment only some are ever served, old ones too."""
    found = _forgotten(case)
    if not found or not (later_alone(case) or passed_over(case)):
        return None
    if not any(map(_silent_later, found)):
        return None
    said = (
        "When several connections were ready in the same moment some of them were not served any "
        "more, though each is served when it is alone."
    )
    kinds = (Kind.NO_ECHO, Kind.NO_END, Kind.TRUNCATED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def batch_dropped(case: Case) -> Sign | None:
    """Of those that end in the same moment more than every second one: the rest of the events is
    thrown away."""
    e = _ended_unseen(case)
    if e is None or only_every_other(e):
        return None
    left = [f for f in e.findings if f.kind is Kind.NO_END]
    said = (
        f"Of {crowd_of(e)} clients that ended in the same moment {len(left)} never saw the end; "
        "each does when it is alone."
    )
    return Sign(OF_ENDS, (said,), LIKELY)


def _ended_unseen(case: Case) -> Evidence | None:
    """Clients of whom some did not see the end, all of them such as ended in one moment; None if
    they do not even see it alone, or are not served."""
    e = case.of("sessions/queue")
    if e is None or e.first.kind is not Kind.NO_END or "sessions/simultaneous" in case.failed:
        return None
    left = (f for f in e.findings if f.kind is Kind.NO_END)
    alone = "shutdown/after-echo" in case.passed
    return e if alone and all(ended_together(e, f) for f in left) else None


OF_ENDS = frozenset({"sessions/queue", "sessions/churn", OF_FUZZ})
"""Checks in which several clients may end in one moment."""


def shared_variable(case: Case) -> Sign | None:
    """Of those that come together the last is served, and others never: each that was served once
    is served to its end."""
    found = _forgotten(case)
    if not found or not last_served(case) or any(map(_silent_later, found)):
        return None
    said = (
        "Of clients that came close together the last was served, and some of the earlier ones "
        "never got an answer; each is served when it comes alone."
    )
    return Sign(explained(case, CONFUSED) | _read_by_two(case), (said,), LIKELY)


CONFUSED = (Kind.NO_ECHO, Kind.NO_END, Kind.FOREIGN, Kind.EARLY_CLOSE, Kind.TRUNCATED)
"""What is seen of clients whose thread serves another, and of that one."""
TORN = (Kind.LOST, Kind.REORDERED)
"""What is seen of a client from which two threads read: each has a part of what it sent."""


def _read_by_two(case: Case) -> frozenset[str]:
    """Checks in which one client's bytes are torn apart while another got nothing at all: both have
    a thread, which may read from the same; none, where a client that is alone loses bytes."""
    torn = [e for e in case.failures if e.first.kind in TORN]
    if not all(of_several(e) for e in torn):
        return frozenset()
    return frozenset(
        e.check_id
        for e in torn
        if any(f.kind is Kind.NO_ECHO and not f.received for f in e.findings)
    )


def variable_crossed(case: Case) -> Sign | None:
    """The last that came gets what others sent, and those are not even seen to end."""
    e = case.of("sessions/simultaneous")
    if e is None or not talks(case) or case.profile is not Profile.CONCURRENT:
        return None
    foreign = [f.session for f in e.findings if f.kind is Kind.FOREIGN]
    left = [
        f for f in e.findings if f.kind is Kind.NO_ECHO and not f.received and f.ending == "open"
    ]
    if len(e.trace.scripts) - 1 not in foreign or len(left) < 2:
        return None
    said = (
        f"Of {len(e.trace.scripts)} clients that came close together the last got bytes of others, "
        f"and {len(left)} were never served, nor closed when they had ended."
    )
    mixed = (*CONFUSED, Kind.EXTRA, Kind.DUPLICATED, Kind.LOST, Kind.CHANGED)
    famine = case.of(FAMINE)  # an accept() that fails leaves nothing in the variable
    fails = famine is not None and code_of(famine) not in OF_FAMINE
    found = explained(case, mixed, lambda e: of_several(e) or e.check_id == OF_FUZZ)
    found |= _left_open(case) | _nothing_in_it(case) | _closed_for_another(case)
    return Sign(found | ({FAMINE} if fails else set()), (said,), LIKELY)


def _left_open(case: Case) -> frozenset[str]:
    """What grows as the connections that nobody closes any more are left open."""
    return frozenset({"resources/descriptors"} & explained(case, (Kind.RESOURCE,)))


def _nothing_in_it(case: Case) -> frozenset[str]:
    """The report of threads that found nothing in the variable when accept() had failed."""
    e = case.of(OF_ERRORS)
    said = e.first.message if e is not None else ""
    return frozenset({OF_ERRORS} if FAMINE in said and NOTHING.search(said) else ())


def _closed_for_another(case: Case) -> frozenset[str]:
    """Checks in which a client that was alone was closed at a byte that does no harm, as all values
    came back in a trial: the thread of one that had left before has closed it."""
    tried = case.saw("bytes")
    if tried is None or tried.special or tried.facts.get("tried") != 256:
        return frozenset()
    closed = [(s, m) for s, m in ended(case) if kind_of(s) is Kind.EARLY_CLOSE]
    return frozenset(s.check_id for s, m in closed if len(m) == 1)


NOTHING = re.compile(r"nil pointer|NullPointerException|NoneType|of (undefined|null)\b")
"""What languages say of a variable with nothing in it."""
CROSSED = (*SIDE_BY_SIDE, "shutdown/*", "resources/descriptors", OF_ERRORS, "identity/*")
"""What fails where threads read, write and close the connection of another: also where one client
comes soon after another."""


def removal_skips(case: Case) -> Sign | None:
    """Of clients that end in the same moment some are forgotten; those that send are served."""
    e = _ended_unseen(case)
    if e is None or not only_every_other(e) or any(f.kind is Kind.NO_ECHO for f in e.findings):
        return None
    left = [f for f in e.findings if f.kind is Kind.NO_END]
    said = (
        f"Of {len(e.trace.scripts)} clients {len(left)} that ended in the same moment as another "
        "did not see the end; each does when it is alone."
    )
    return Sign(OF_ENDS, (said,), LIKELY)


STAYERS = ("sessions/slow-client-aside", "sessions/churn", "sessions/no-crosstalk")
"""Checks in which the first client stays while others come and go."""


def removes_wrong(case: Case) -> Sign | None:
    """Who was served is not served any more when others have left; a crowd that stays is."""
    if not talks(case) or plain_falls(case) or "sessions/simultaneous" not in case.passed:
        return None
    lost = [e for i in STAYERS if (e := case.of(i)) is not None and _lost_its_place(e)]
    if len(lost) < 2 or not any(e.check_id != STAYERS[-1] for e in lost):
        return None
    said = (
        f"In {len(lost)} checks a client that had been served got nothing more when others had "
        "left, and its connection stayed open; clients that stay together are all served."
    )
    kinds = (Kind.NO_ECHO, Kind.NO_END)
    return Sign(explained(case, kinds, of_several), (said,), LIKELY)


def _lost_its_place(e: Evidence) -> bool:
    others = any(s.first_byte is not None and s.finished is not None for s in e.trace.scripts[1:])
    return others and any(
        f.kind is Kind.NO_ECHO and f.session == 0 and f.received and f.ending == "open"
        for f in e.findings
    )


RULES: tuple[Rule, ...] = (
    Rule("first-ready-only", first_ready, may=SIDE_BY_SIDE, strength=1, asks=("clients",)),
    Rule("first-ready-only", batch_dropped, may=SIDE_BY_SIDE, strength=1),
    Rule("shared-loop-variable", shared_variable, may=SIDE_BY_SIDE, strength=1),
    Rule("shared-loop-variable", variable_crossed, may=CROSSED, strength=3),
    Rule("removal-skips-next", removal_skips, may=SIDE_BY_SIDE, strength=1),
    Rule("removes-wrong-client", removes_wrong, may=SIDE_BY_SIDE, strength=2),
)
