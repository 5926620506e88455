"""What the target's own words prove: an exception of the instance that failed.

One rule for each cause that an exception can prove, of whatever group.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_CHECKERS, OF_ERRORS, Evidence
from harness.diagnosis.facts_deaths import (
    CONTINUED,
    FAMINE,
    LEFT_BADLY,
    NOTHING,
    OF_STARTS,
    SAID,
    URGENT,
    Fall,
    falls,
    quoted,
    words_of,
)
from harness.diagnosis.rule import NEARLY_ALL, PLAIN, Rule, Sign
from harness.diagnosis.words import Raised, explained
from harness.diagnosis.words.explained import TABLE
from harness.launcher.socket_files import STALE
from harness.values.verdict import Kind

NOT_SERVED = frozenset(
    {
        Kind.EARLY_CLOSE,
        Kind.RESET,
        Kind.TRUNCATED,
        Kind.NO_ECHO,
        Kind.NO_END,
        Kind.LOST,
        Kind.NOT_TAKEN,
    }
)
"""What an exception in a thread or a task does to its client."""
OF_ACCEPT = {
    "descriptor-famine": ("resilience/descriptor-famine",),
    "restart-fails": ("launch/restarts", "launch/listens"),
}
"""Causes whose exception shows in an output long after it happened, and the checks that they may
be the reason of."""
OF_ENDS = frozenset({"crash-on-reset", "killed-by-sigpipe", "accept-error-ends", "listener-closed"})
"""Causes that end the instance that failed, and say nothing where it lives on."""
OF_CLIENTS = ("crash-on-reset", "killed-by-sigpipe")
"""Causes that need a client that leaves by itself; one that waited in vain is another matter."""
STRONGER = {
    "killed-by-sigpipe": "crash-on-reset",
    "gives-up-on-slow-reader": "idle-timeout",
}
"""Where one bug shows in two ways the other one is what it is called: the departure of a client,
and one limit of time for reading and sending."""


def _look(cause: str) -> Callable[[Case], Sign | None]:
    def look(case: Case) -> Sign | None:
        if cause in OF_STARTS and case.passed:
            return None
        ends = {fall.check_id: fall for fall in falls(case)}
        found = [
            (e, raised)
            for e in case.failures
            if not (cause in OF_CLIENTS and "identity/hello" in case.failed)
            and (raised := words_of(e)) is not None
            and _proves(e, raised, ends.get(e.check_id)) == cause
        ]
        if not found:
            return None
        e, raised = next((pair for pair in found if _left(ends.get(pair[0].check_id))), found[0])
        explains = {one.check_id for one, _ in found} | _alike(case, ends, raised, cause)
        return Sign(
            frozenset(explains),
            (_said(raised, ends.get(e.check_id), cause),),
            CERTAIN if len(found) > 1 or raised.fatal else LIKELY,
        )

    return look


def _left(fall: Fall | None) -> bool:
    """Whether a client had just left badly when it ended."""
    return fall is not None and fall.after in LEFT_BADLY


def _proves(e: Evidence, raised: Raised, fall: Fall | None) -> str | None:
    """The cause that this exception proves to be that of this failure."""
    cause = explained(raised)
    if cause is None or e.check_id not in OF_ACCEPT.get(cause, (e.check_id,)):
        return None
    if e.check_id == FAMINE and e.first.kind is Kind.RESOURCE:
        return None  # it lives, and says why it cannot accept: that it is busy has another reason
    if e.check_id in (OF_CHECKERS, OF_ERRORS):
        return cause
    if e.first.kind is Kind.NOT_LISTENING:
        return cause if cause == "restart-fails" and STALE not in e.first.message else None
    if fall is not None:
        kept = fall.in_vain and cause in OF_CLIENTS
        return cause if not fall.death.clean and not kept else None
    if cause in OF_ENDS:
        return None
    return cause if e.first.kind in NOT_SERVED or cause in OF_ACCEPT else None


def _alike(case: Case, ends: dict[str, Fall], raised: Raised, cause: str) -> set[str]:
    """Other ends in the same way whose words are lost, or are others for the same."""
    if not raised.fatal or cause in OF_ACCEPT:
        return set()
    like = {str(fall.death) for fall in ends.values() if not fall.death.clean}
    alike = set()
    for e in case.failures:
        fall = ends.get(e.check_id)
        if fall is None or fall.death.clean or str(fall.death) not in like:
            continue
        other = words_of(e)
        if other is None or STRONGER.get(explained(other) or "") == cause:
            alike.add(e.check_id)
    return alike


def _said(raised: Raised, fall: Fall | None, cause: str) -> str:
    inside = f" {raised.circumstance}" if raised.circumstance else ""
    before = f", after {SAID[fall.after]}" if fall is not None else ""
    if fall is not None and fall.after == NOTHING and cause in OF_CLIENTS:
        before = ""  # the client had left before, or unseen
    if fall is not None and cause not in OF_CLIENTS and fall.after not in (CONTINUED, URGENT):
        before = ""  # whatever a client had done last: the exception says what it was
    if cause == "descriptor-famine":  # what a client had done last is not what ended it
        before = " when it could open no more descriptors"
    ended = f"It ended with {fall.death}{before}; its last words are" if fall else "It raised"
    return f"{ended} {quoted(raised)}{inside if not fall else ''}."


END_OF_INPUT = re.compile(r"\b(EOF|end of (file|input))\W*$", re.IGNORECASE)
"""How programs end a line that says that there is no more to read."""


def end_of_input(case: Case) -> Sign | None:
    """It says that its input is at its end while no client has ended: it reads another one.

    The standard input of a target that has not answered is ended, to hear that.
    """
    early = [e for e in case.failures if e.first.kind in (Kind.EARLY_CLOSE, Kind.NO_ECHO)]
    if len(early) < 5 or not case.failed.issuperset(PLAIN):
        return None
    if any(s.first_byte is not None for e in case.failures for s in e.trace.scripts):
        return None
    said = [e for e in early if (line := _last_line(e)) and END_OF_INPUT.search(line)]
    if len(said) < NEARLY_ALL * len(early):
        return None
    shown = f"It says {_last_line(said[0])!r}, though the client has not ended its side."
    explains = (e.check_id for e in case.failures if e.first.kind in NOT_SERVED)
    return Sign(frozenset(explains), (shown,), LIKELY)


def _last_line(e: Evidence) -> str:
    lines = e.output.split("\n")
    return next((line.strip()[-100:] for line in reversed(lines) if line.strip()), "")


def listeners(case: Case) -> Sign | None:
    """Node says that a connection has more and more listeners for one event."""
    e = case.of(OF_ERRORS)
    warned = LISTENERS.search(e.first.message) if e is not None else None
    if warned is None:
        return None
    count, event = warned.groups()
    return Sign(
        frozenset({OF_ERRORS}),
        (f"Node says that one connection has {count} listeners for {event!r}.",),
        CERTAIN,
        f"a listener for {event!r} is added again and again, and never taken away: all of them "
        "stay with the connection, and each runs",
        mend=f"Write socket.once({event!r}, ...) where the listener is to run once, or add it "
        "once, when the connection comes.",
    )


LISTENERS = re.compile(r"MaxListenersExceededWarning: .* (\d+) (\w+) listeners added")
RULES: tuple[Rule, ...] = (
    Rule("memory-leak", listeners, may=(OF_ERRORS,), strength=2),
    *(Rule(cause, _look(cause), strength=2) for cause in dict.fromkeys(row.cause for row in TABLE)),
    Rule("input-for-recv", end_of_input, must=("identity/one-byte",), strength=2),
)
