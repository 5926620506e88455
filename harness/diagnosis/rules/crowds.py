"""Several clients of which some wait: for their turn, a place, or one that holds up the rest."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, Evidence
from harness.diagnosis.experiments.values import listed, number, numbers
from harness.diagnosis.facts_crowds import (
    ASIDE_STALLED,
    DEAF,
    SIDE_BY_SIDE,
    fails_in_turn,
    last_served,
    later_alone,
    limit_of,
    of_several,
    only_later_wait,
)
from harness.diagnosis.facts_deaths import plain_falls
from harness.diagnosis.facts_process import fact, talks
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.verdict import Finding, Kind, Profile


def one_at_a_time(case: Case) -> Sign | None:
    """Of clients that are there together only the first is served."""
    if case.profile is not Profile.CONCURRENT or not talks(case):
        return None
    alone = _just_one(case.of("sessions/simultaneous"))
    if (later_alone(case) and not alone) or fact(case, "clients", "first_unserved") == 0:
        return None
    held = alone or fact(case, "clients", "served") == 1
    if not held or "sessions/simultaneous" not in case.failed:
        return None
    after = len(listed(fact(case, "clients", "after")))
    said = "Of several clients that were connected only one got an answer."
    more = f"When it had left {after} of the others got theirs." if after else ""
    aside = explained(case, DEAF, of_several) | explained(
        case, (Kind.EARLY_CLOSE, Kind.TRUNCATED), _only_gave_up
    )
    return Sign(aside, (said, more) if more else (said,), CERTAIN if after else LIKELY)


def _only_gave_up(e: Evidence) -> bool:
    """Ours ended first, since another waited in vain."""
    return any(f.kind is Kind.NO_ECHO for f in e.findings)


def _just_one(e: Evidence | None) -> bool:
    """Whether one of a crowd was served, who need not be the one that connected first: threads
    that want the same lock do not take it in turns."""
    served = [s for s in e.trace.scripts if s.first_byte is not None] if e is not None else []
    return len(served) == 1


def wakeup(case: Case) -> Sign | None:
    """Of those that come in the same moment only the first ones are served: one is accepted
    each time that somebody has come."""
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
    if later_alone(case) or last_served(case):  # who came first is taken first
        return None
    served = numbers(fact(case, "clients", "together_served"))
    if served != list(range(1, len(served) + 1)):  # the last came first: no matter of turns
        return None
    said = f"Of three clients that came in the same moment {together} got an answer."
    return Sign(explained(case, (*DEAF, Kind.TRUNCATED), _waits_in_line), (said,), LIKELY)


def _waits_in_line(e: Evidence) -> bool:
    """Whether one of several clients, which the system has connected, got nothing at all."""
    return of_several(e) and (
        e.first.kind is not Kind.TRUNCATED or (not e.first.received and e.first.ending == "open")
    )


SERVED = "served"
"""In the words of the experiment ``neighbours``."""


def idle_blocks(case: Case) -> Sign | None:
    """Nobody is served while one client has sent nothing yet."""
    e = case.of("sessions/slow-client-aside")
    if e is None or {fact(case, "neighbours", name) for name in ("silent", "idle")} == {SERVED}:
        return None
    waiting = {f.session for f in e.findings if _waits_for_another(f) and f.session is not None}
    if not waiting or only_later_wait(e, waiting):
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
    """Nobody is served while one client does not read."""
    e = case.of(ASIDE_STALLED)
    if e is None or "sessions/slow-client-aside" not in case.passed:
        return None
    waits = {f.session for f in e.findings if f.kind in (Kind.NO_ECHO, Kind.ORDER) and f.session}
    if not waits or only_later_wait(e, waits):
        return None
    said = "While one client did not read, the others got no answer."
    return Sign(frozenset({e.check_id, "sessions/no-crosstalk", "fuzz/plans"}), (said,), CERTAIN)


def limit(case: Case) -> Sign | None:
    """Just so many are served at once, and the next is not."""
    if fails_in_turn(case) or plain_falls(case):
        return None
    e = case.of("sessions/simultaneous")
    some = limit_of(case)
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


def newest_first(case: Case) -> Sign | None:
    """Of those that wait for their turn the last comes first."""
    e = case.of("sessions/queue")
    order = numbers(fact(case, "clients", "order"))
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
        must=(ASIDE_STALLED,),
        may=SIDE_BY_SIDE,
        strength=1,
        asks=("neighbours",),
    ),
    Rule("connection-limit", limit, may=SIDE_BY_SIDE, strength=1, asks=("clients",)),
    Rule(
        "newest-client-first", newest_first, may=("sessions/queue",), strength=2, asks=("clients",)
    ),
)
