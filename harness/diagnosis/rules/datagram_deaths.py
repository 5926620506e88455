"""datagrams: a server that ends at a datagram, and what it says of it."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_CHECKERS, OF_ERRORS, DatagramEvidence
from harness.diagnosis.facts_datagrams import facts_of
from harness.diagnosis.facts_deaths import quoted, words_of
from harness.diagnosis.rule import Sign
from harness.diagnosis.words import Raised, most_telling, told
from harness.values.trace import Death

AT_EMPTY = ("datagram/empty", "datagram/stays-up")
"""Checks that send an empty datagram."""
CLOSED = "nobody there"
"""How a timeline tells that ICMP says so."""
IDLE = 0.5
"""Seconds in which whatever a datagram does to a server is done."""


def crash(case: Case) -> Sign | None:
    """It dies of an error at a datagram.  A report of a checker, or of an error that nobody caught,
    that says the same is explained with it."""
    found = [(e, death) for e, death in facts_of(case).deaths() if death.status != 0]
    if not found:
        return None
    died = frozenset(e.check_id for e, _ in found)
    said = [(e, death, raised) for e, death in found if (raised := most_telling(told(e.output)))]
    if not said:
        return Sign(died, _last_words(*found[0]))
    _, death, raised = said[0]
    return Sign(
        died | _reported(case, raised),
        (f"It ended with {death}; its last words are {quoted(raised)}.",),
        CERTAIN if raised.fatal else LIKELY,
        f"an error at a datagram ends the server: {quoted(raised)}",
    )


def idle(case: Case) -> Sign | None:
    """It ends in a silence: nothing had come for a while, and what had come was answered."""
    ends = facts_of(case).deaths()
    found = [(e, death) for e, death in ends if _was_idle(e, death)]
    if not found or len(found) < len(ends):
        return None
    e, death = found[0]
    said = f"It ended with {death} in a silence of {_silence(e, death):.1f} s: nobody asked."
    return Sign(
        frozenset(e.check_id for e, _ in found),
        (said,),
        CERTAIN,
        "when no datagram comes for a while the server ends: reading has a time limit",
        mend="Go on waiting when the time limit of the read is over, or set none.",
    )


def _was_idle(e: DatagramEvidence, death: Death) -> bool:
    return _silence(e, death) >= IDLE


def _silence(e: DatagramEvidence, death: Death) -> float:
    """Seconds in which nothing was asked or answered until it was seen that the target had ended:
    who asks after that meets a closed port."""
    moments = sorted((m for seen in e.trace.scripts for m in seen.timeline), key=lambda m: m.at)
    refused = next((i for i, m in enumerate(moments) if m.what.startswith(CLOSED)), len(moments))
    alive = moments[: max(refused - 1, 0)] if refused < len(moments) else moments
    until = min([death.at, *(m.at for m in moments[len(alive) : refused])])
    return until - max((m.until or m.at for m in alive if m.at <= until), default=until)


def _last_words(e: DatagramEvidence, death: Death) -> tuple[str, ...]:
    words = [line for line in e.output.splitlines() if line.strip()]
    if not words:
        return (f"It ended with {death}.",)
    return (f"It ended with {death}.", f"Its last words are {words[-1].strip()[-100:]!r}.")


def _reported(case: Case, raised: Raised) -> frozenset[str]:
    """The checks of reports that failed for the same."""
    return frozenset(
        e.check_id
        for e in case.failures
        if e.check_id in (OF_CHECKERS, OF_ERRORS)
        and (other := words_of(e)) is not None
        and other.kind == raised.kind
    )


def counted_loop(case: Case) -> Sign | None:
    """It ends by itself after so many answers, with status 0."""
    facts = facts_of(case)
    ends = facts.deaths()
    if not ends or any(death.status != 0 for _, death in ends):
        return None
    checks = {e.check_id for e, _ in ends}
    if AT_EMPTY[0] in checks <= {*AT_EMPTY} or idle(case) is not None:
        return None
    return Sign(
        frozenset(e.check_id for e, _ in ends),
        ("It ends with exit status 0 after some datagrams, as if it were done.",),
    )
