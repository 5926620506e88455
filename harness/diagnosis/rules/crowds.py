"""Several clients: who is served, in which order, and who is forgotten or waits for another.

It is long because each of these bugs is told from its neighbours, which look alike.
"""

from __future__ import annotations

from itertools import pairwise

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, Evidence
from harness.diagnosis.experiments.values import listed, number
from harness.diagnosis.facts_deaths import FAMINE, code_of, plain_falls
from harness.diagnosis.facts_process import fact, talks
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.connections import DEAF
from harness.values.verdict import Finding, Kind, Profile

SIDE_BY_SIDE = (
    "sessions/*",
    "shutdown/lagging-reader",
    "resilience/*",
    "fuzz/plans",
)


def one_at_a_time(case: Case) -> Sign | None:
    if case.profile is not Profile.CONCURRENT or not talks(case):
        return None
    if _later_alone(case) or fact(case, "clients", "first_unserved") == 0:
        return None
    held = fact(case, "clients", "served") == 1 or _all_but_first(case.of("sessions/simultaneous"))
    if not held or "sessions/simultaneous" not in case.failed:
        return None
    after = len(listed(fact(case, "clients", "after")))
    said = "Of several clients that were connected only the first got an answer."
    more = f"When it had left {after} of the others got theirs." if after else ""
    aside = explained(case, DEAF, lambda e: len(e.trace.scripts) > 1) | explained(
        case, (Kind.EARLY_CLOSE, Kind.TRUNCATED), _only_gave_up
    )
    return Sign(aside, (said, more) if more else (said,), CERTAIN if after else LIKELY)


def _got_nothing(found: Finding) -> bool:
    """Whether a client waited in vain, or was disconnected before it got anything."""
    return found.kind is Kind.NO_ECHO or (found.kind is Kind.EARLY_CLOSE and not found.received)


def _later_alone(case: Case) -> bool:
    """Whether a later client was served while the first was not: no matter of turns."""
    for e in case.failures:
        served = [s.first_byte is not None for s in e.trace.scripts]
        waits = e.plan.needs_concurrency and any(map(_got_nothing, e.findings))
        if waits and not served[0] and any(served):
            return True
    return False


def _only_gave_up(e: Evidence) -> bool:
    """Ours ended first, since another waited in vain."""
    return any(f.kind is Kind.NO_ECHO for f in e.findings)


def _all_but_first(e: Evidence | None) -> bool:
    if e is None:
        return False
    served = [i for i, s in enumerate(e.trace.scripts) if s.first_byte is not None]
    return served == [0] or (len(served) == 1 and e.first.kind is Kind.NO_ECHO)


def _forgotten(case: Case) -> list[Evidence]:
    """Checks of several clients in which some got nothing more, though each is served alone."""
    if (
        not talks(case)
        or case.profile is not Profile.CONCURRENT
        or plain_falls(case)
        or _limit(case)
    ):
        return []
    if "sessions/one-after-another" in case.failed:
        return []
    found = [
        e for e in case.failures if e.plan.needs_concurrency and any(map(_got_nothing, e.findings))
    ]
    return found if any(e.check_id == "sessions/simultaneous" for e in found) else []


def _silent_later(e: Evidence) -> bool:
    """Whether one that had been served before was not served any more."""
    return any(f.kind is Kind.NO_ECHO and f.received for f in e.findings)


def first_ready(case: Case) -> Sign | None:
    """Of those that are ready in the same moment only some are ever served, old ones too."""
    found = _forgotten(case)
    if not found or not _later_alone(case) or not any(map(_silent_later, found)):
        return None
    said = (
        "When several connections were ready in the same moment some of them were not served any "
        "more, though each is served when it is alone."
    )
    kinds = (Kind.NO_ECHO, Kind.NO_END, Kind.TRUNCATED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def shared_variable(case: Case) -> Sign | None:
    """Of those that come together the last is served, and others never: each that was served once
    is served to its end."""
    found = _forgotten(case)
    if not found or not _last_served(case) or any(map(_silent_later, found)):
        return None
    said = (
        "Of clients that came close together the last was served, and some of the earlier ones "
        "never got an answer; each is served when it comes alone."
    )
    kinds = (Kind.NO_ECHO, Kind.NO_END, Kind.FOREIGN, Kind.EARLY_CLOSE, Kind.TRUNCATED)
    return Sign(explained(case, kinds), (said,), LIKELY)


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
    kinds = (Kind.NO_ECHO, Kind.NO_END, Kind.FOREIGN, Kind.EARLY_CLOSE, Kind.TRUNCATED)
    mixed = (*kinds, Kind.EXTRA, Kind.DUPLICATED, Kind.LOST, Kind.CHANGED)
    famine = case.of(FAMINE)  # an accept() that fails leaves nothing in the variable
    fails = famine is not None and code_of(famine) not in ("EMFILE", "ENFILE")
    return Sign(explained(case, mixed) | ({FAMINE} if fails else set()), (said,), LIKELY)


def _last_served(case: Case) -> bool:
    """Whether the last of a crowd was served each time, though an earlier one was not."""
    crowds = [
        e
        for e in case.failures
        if e.check_id in ("sessions/simultaneous", "sessions/stalled-client-aside")
        and any(map(_got_nothing, e.findings))
    ]
    return bool(crowds) and all(e.trace.scripts[-1].first_byte is not None for e in crowds)


def removal_skips(case: Case) -> Sign | None:
    """Of clients that end in the same moment some are forgotten; those that send are served."""
    e = case.of("sessions/queue")
    if e is None or e.first.kind is not Kind.NO_END or "sessions/simultaneous" in case.failed:
        return None
    if "shutdown/after-echo" not in case.passed:
        return None
    open_ones = [f for f in e.findings if f.kind is Kind.NO_END]
    if not open_ones or any(f.kind is Kind.NO_ECHO for f in e.findings) or not _odd(e):
        return None
    said = (
        f"Of {len(e.trace.scripts)} clients {len(open_ones)} that ended in the same moment as "
        "another did not see the end; each does when it is alone."
    )
    return Sign(frozenset({e.check_id, "fuzz/plans", "sessions/churn"}), (said,), LIKELY)


def _crowd(e: Evidence) -> int:
    """Clients that were there together from the start."""
    return sum(not script.after for script in e.plan.scripts)


def _odd(e: Evidence) -> bool:
    """At most every second one: the one behind each that was removed."""
    left = [f.session for f in e.findings if f.kind is Kind.NO_END and f.session is not None]
    return all(b - a > 1 for a, b in pairwise(left))


def batch_dropped(case: Case) -> Sign | None:
    """As before, and more than every second one: the rest of the events is thrown away."""
    e = case.of("sessions/queue")
    if e is None or e.first.kind is not Kind.NO_END or "sessions/simultaneous" in case.failed:
        return None
    if "shutdown/after-echo" not in case.passed or _odd(e):
        return None
    left = [f for f in e.findings if f.kind is Kind.NO_END]
    said = (
        f"Of {_crowd(e)} clients that ended in the same moment {len(left)} never saw the end; "
        "each does when it is alone."
    )
    return Sign(frozenset({e.check_id, "fuzz/plans", "sessions/churn"}), (said,), LIKELY)


def wakeup(case: Case) -> Sign | None:
    together = fact(case, "clients", "together")
    if (
        together is None
        or not talks(case)
        or number(together) >= 3
        or fact(case, "clients", "first_unserved")
    ):
        return None
    if "sessions/simultaneous" in case.failed and "sessions/queue" in case.passed:
        return None
    if _later_alone(case) or _last_served(case):  # who came first is taken first
        return None
    said = f"Of three clients that came in the same moment {together} got an answer."
    return Sign(explained(case, DEAF, lambda e: len(e.trace.scripts) > 1), (said,), LIKELY)


def idle_blocks(case: Case) -> Sign | None:
    e = case.of("sessions/slow-client-aside")
    if e is None or not any(_waits_for_another(f) for f in e.findings):
        return None
    if "sessions/simultaneous" not in case.passed or not talks(case):
        return None
    said = "While one client had not sent anything yet, or sent slowly, the others got no answer."
    return Sign(frozenset({e.check_id, "fuzz/plans"}), (said,), CERTAIN)


def _waits_for_another(found: Finding) -> bool:
    """Whether one beside the slow one got nothing yet; who got a part has trouble of its own."""
    return found.kind is Kind.ORDER or (
        found.kind is Kind.NO_ECHO and bool(found.session) and not found.received
    )


def stalled_blocks(case: Case) -> Sign | None:
    e = case.of("sessions/stalled-client-aside")
    if e is None or "sessions/slow-client-aside" not in case.passed:
        return None
    waits = [f for f in e.findings if f.kind in (Kind.NO_ECHO, Kind.ORDER) and f.session]
    if not waits:
        return None
    said = "While one client did not read, the others got no answer."
    return Sign(frozenset({e.check_id, "sessions/no-crosstalk", "fuzz/plans"}), (said,), CERTAIN)


def _limit(case: Case) -> int:
    """How many are served at once, where it is the same in all that tells it; or 0."""
    served = number(fact(case, "clients", "served"))
    if served > 1 and number(fact(case, "clients", "first_unserved")) == served + 1:
        return served
    e = case.of("sessions/simultaneous")
    if e is None or fact(case, "clients", "first_unserved") == 0:
        return 0
    fine = [i for i, s in enumerate(e.trace.scripts) if s.first_byte is not None]
    some = len(fine)
    return some if 1 < some < len(e.trace.scripts) and fine == list(range(some)) else 0


def limit(case: Case) -> Sign | None:
    if "sessions/one-after-another" in case.failed or plain_falls(case):
        return None
    e = case.of("sessions/simultaneous")
    some = _limit(case)
    if e is not None and some and e.first.kind in (Kind.NO_ECHO, Kind.EARLY_CLOSE, Kind.REFUSED):
        if (
            e.first.kind is Kind.NO_ECHO
            and "sessions/slow-client-aside" in case.failed
            and some > 5
        ):
            return None
        what = {
            Kind.NO_ECHO: "waited in vain",
            Kind.EARLY_CLOSE: "was disconnected",
            Kind.REFUSED: "was refused",
        }[e.first.kind]
        said = f"{some} clients were served at once; the next {what}."
        detail = f"only {some} clients can be connected at once"
        found = explained(
            case,
            (Kind.NO_ECHO, Kind.EARLY_CLOSE, Kind.REFUSED, Kind.NO_END),
            lambda one: len(one.trace.scripts) > some,
        )
        return Sign(found, (said,), LIKELY, detail)
    return _crowd_dropped(case)


def _crowd_dropped(case: Case) -> Sign | None:
    """Of those who wait for their turn some are thrown out."""
    e = case.of("sessions/queue")
    if e is None or case.profile is not Profile.SEQUENTIAL or e.first.kind is not Kind.EARLY_CLOSE:
        return None
    out = [f for f in e.findings if f.kind is Kind.EARLY_CLOSE and not f.received]
    if not out or case.failed - {e.check_id, "fuzz/plans"} - case.warnings:
        return None
    said = f"Of six clients that came at once {len(out)} that waited lost the connection."
    return Sign(frozenset({e.check_id, "fuzz/plans"}), (said,), LIKELY)


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
    return Sign(explained(case, kinds, lambda e: len(e.trace.scripts) > 1), (said,), LIKELY)


def _lost_its_place(e: Evidence) -> bool:
    others = any(s.first_byte is not None and s.finished is not None for s in e.trace.scripts[1:])
    return others and any(
        f.kind is Kind.NO_ECHO and f.session == 0 and f.received and f.ending == "open"
        for f in e.findings
    )


def newest_first(case: Case) -> Sign | None:
    e = case.of("sessions/queue")
    order = [number(n) for n in listed(fact(case, "clients", "order"))]
    if e is None or e.first.kind is not Kind.ORDER:
        return None
    said = "A client that waited was served only after four that had come later."
    more = (
        f"Those who waited were served in the order {order}."
        if order == sorted(order)[::-1] and order
        else ""
    )
    return Sign(frozenset({e.check_id}), (said, more) if more else (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule(
        "one-at-a-time",
        one_at_a_time,
        must=("sessions/simultaneous",),
        strength=1,
        asks=("clients", "neighbours"),
    ),
    Rule("first-ready-only", first_ready, may=SIDE_BY_SIDE, strength=1, asks=("clients",)),
    Rule("first-ready-only", batch_dropped, may=SIDE_BY_SIDE, strength=1),
    Rule("shared-loop-variable", shared_variable, may=SIDE_BY_SIDE, strength=1),
    Rule("shared-loop-variable", variable_crossed, may=SIDE_BY_SIDE, strength=3),
    Rule("removal-skips-next", removal_skips, may=SIDE_BY_SIDE, strength=1),
    Rule("wakeup-accepts-one", wakeup, may=SIDE_BY_SIDE, strength=1, asks=("clients",)),
    Rule(
        "blocked-by-idle-client",
        idle_blocks,
        must=("sessions/slow-client-aside",),
        may=SIDE_BY_SIDE,
        strength=1,
        asks=("neighbours",),
    ),
    Rule(
        "blocked-by-stalled-reader",
        stalled_blocks,
        must=("sessions/stalled-client-aside",),
        may=SIDE_BY_SIDE,
        strength=1,
        asks=("neighbours",),
    ),
    Rule("removes-wrong-client", removes_wrong, may=SIDE_BY_SIDE, strength=2),
    Rule("connection-limit", limit, may=SIDE_BY_SIDE, strength=1, asks=("clients",)),
    Rule(
        "newest-client-first", newest_first, may=("sessions/queue",), strength=2, asks=("clients",)
    ),
)
