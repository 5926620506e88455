"""How the bugs of the group "process" of the catalogue show."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CLOSED, LIKELY, Evidence
from harness.diagnosis.facts_crowds import fails_in_turn, of_several, somebody_left
from harness.diagnosis.facts_deaths import (
    FAMINE,
    OF_FAMINE,
    code_of,
    falls,
    of_workers,
    quoted,
    words_of,
)
from harness.diagnosis.facts_process import SILENT, fact, first_kind, silence_before_end, talks
from harness.diagnosis.facts_stream import listed
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.aftermath import UNSERVED, one_is_not_enough, only_the_next
from harness.diagnosis.rules.deaths import LEFT
from harness.values.verdict import Kind, Profile

BROKEN = (Kind.EARLY_CLOSE, Kind.TRUNCATED, Kind.DIED, Kind.NO_ECHO, Kind.RESET)
"""What a signal or an urgent byte does to a connection."""
DISTURBED = frozenset({"target interrupted", "target resumed", "target paused"})


def signal_breaks(case: Case) -> Sign | None:
    """A connection does not go on when the server has been stopped and continued."""
    e = case.of("resilience/pause-resume")
    if e is None or not talks(case) or e.first.kind not in BROKEN:
        return None
    if silence_before_end(e) > SILENT and "shutdown/idle-kept" in case.failed:
        return None
    if fact(case, "signals", "stopped") == fact(case, "signals", "answering") == "right":
        return None
    shown = [
        fact(case, "signals", name)
        for name in ("stopped", "answering", "alone")
        if fact(case, "signals", name) not in (None, "right")
    ]
    alike = [one for one in case.failures if one.first.kind in BROKEN]
    stopped = [one.check_id for one in alike if _was_stopped(one)]
    if not shown and not _disturbed(e) and not stopped:
        return None
    if _needs_no_signal(alike) and (fact(case, "signals", "stopped") in (None, "right")):
        return None
    said = "After it was stopped and continued (SIGSTOP, SIGCONT) the connection did not go on."
    return Sign(frozenset({e.check_id, *stopped}), (said,), CERTAIN if shown else LIKELY)


def _disturbed(e: Evidence) -> bool:
    return not DISTURBED.isdisjoint(m.what for m in e.moments)


def _needs_no_signal(alike: Sequence[Evidence]) -> bool:
    """Whether connections of ``alike`` do not go on though nobody was stopped: then they have
    another reason, and without an experiment nobody knows whether signals have one of their own."""
    calm = [e.check_id for e in alike if not _disturbed(e)]
    return len(calm) > MANY or any(i.startswith(("identity/", "chunking/")) for i in calm)


def _was_stopped(e: Evidence) -> bool:
    stops = ("target interrupted", "target resumed")
    return any(m.what in stops for s in e.trace.scripts for m in s.timeline)


MANY = 5
"""Checks: with a few of other groups it may be a bug beside this one."""


def urgent_data(case: Case) -> Sign | None:
    """A connection does not go on after an urgent byte."""
    e = case.of("resilience/urgent-data")
    if e is None or not any(m.what == "sent urgent byte" for m in e.moments):
        return None
    if not talks(case) or e.first.kind not in BROKEN or len(case.failed - case.warnings) > 3:
        return None
    said = "The connection did not go on after an urgent byte; all goes well without one."
    return Sign(frozenset({e.check_id, "fuzz/plans"}), (said,), CERTAIN)


def famine_drops(case: Case) -> Sign | None:
    """Who was connected before descriptors ran out is dropped, and the server lives on."""
    e = case.of(FAMINE)
    if e is None or not _drops_earlier(e) or _confuses_clients(case):
        return None
    said = "A client that was served before descriptors ran out was dropped when they did."
    return Sign(frozenset({FAMINE}), (said,), CERTAIN)


def _confuses_clients(case: Case) -> bool:
    """Whether one of several clients is disconnected, or gets bytes of another, also while there
    are descriptors enough: that is no matter of their lack."""
    return any(
        e.check_id != FAMINE
        and of_several(e)
        and not e.died
        and e.first.kind in (*CLOSED, Kind.FOREIGN)
        for e in case.failures
    )


def _drops_earlier(e: Evidence) -> bool:
    if e.first.kind not in (Kind.EARLY_CLOSE, Kind.TRUNCATED) or e.first.session is None:
        return False
    last = len(e.plan.scripts) - 2
    return not e.died and e.first.session < last and bool(e.first.received)


def _deaf_after_failures(case: Case) -> list[str]:
    """Checks in which somebody got no answer after a client had left badly, and it lives."""
    if "shutdown/after-echo" in case.failed or "chunking/prompt" in case.failed:
        return []
    dead = {fall.check_id for fall in falls(case)}
    return [
        e.check_id
        for e in case.failures
        if e.check_id not in dead
        and any(e.check_id.startswith(c.rstrip("*")) for c in LEFT)
        and any(f.kind in UNSERVED or f.kind is Kind.EARLY_CLOSE for f in e.findings)
        and somebody_left(e)
    ]


def _first_unserved(case: Case) -> int:
    """After how many clients that were reset nobody is served; 0 where that is not known."""
    for name in ("reset_bad", "abandoned_bad"):
        bad = fact(case, "connections", name)
        if isinstance(bad, int) and bad > 1 and fact(case, "connections", "plain_bad") == 0:
            return bad - 1
    return 0


def lock_kept(case: Case) -> Sign | None:
    """Nobody is answered any more after one client has left in the middle."""
    deaf = _deaf_after_failures(case)
    if not deaf or fails_in_turn(case) or only_the_next(case) or one_is_not_enough(case):
        return None
    if case.profile is Profile.SEQUENTIAL or of_workers(case)[0]:
        return None  # who serves one client at a time needs no lock: it is still at that one
    count = _first_unserved(case)
    at_once = count == 1 or {"resilience/reset-mid-echo", "resilience/vanish-while-sending"} <= set(
        deaf
    )
    if not at_once or not any(first_kind(case, i) is Kind.NO_ECHO for i in deaf):
        return None
    said = "After one client had left in the middle nobody got an answer, though the server lives."
    return Sign(frozenset(deaf), (said,))


def workers_die(case: Case) -> Sign | None:
    """Each client that leaves takes something along, and says so, until nobody is served."""
    deaf = _deaf_after_failures(case)
    if not deaf or "resilience/reset-mid-echo" in case.failed or fails_in_turn(case):
        return None
    said_by = [w for i in deaf if (e := case.of(i)) and (w := words_of(e))]
    # A lack of descriptors was mostly made, in an earlier check: those who left are not behind it.
    words = [w for w in said_by if w.code not in OF_FAMINE]
    if not words:
        return None
    said = f"Clients that left took something along each time: {quoted(words[0])}."
    return Sign(frozenset(deaf), (said,), LIKELY)


def takes_several(case: Case) -> Sign | None:
    """One client that fails does no harm, and after several of them nobody is served."""
    deaf = _deaf_after_failures(case)
    several = [i for i in deaf if first_kind(case, i) is Kind.NO_ECHO]
    if not several or not one_is_not_enough(case) or case.profile is not Profile.CONCURRENT:
        return None
    said = (
        "When one client had failed, in whatever way, the next was served; when several had "
        f"broken off while they waited for much, nobody was ({listed(sorted(several))})."
    )
    piled_up = {i for i in case.failed if i.startswith("resources/")}
    return Sign(frozenset(deaf) | piled_up, (said,), LIKELY)


def famine(case: Case) -> Sign | None:
    """It does not come back, or ends, when descriptors have run out."""
    e = case.of(FAMINE)
    if e is None or e.first.kind is Kind.RESOURCE or fails_in_turn(case):
        return None
    if _drops_earlier(e):
        return None
    if not any(m.what == "descriptors limited" for s in e.trace.scripts for m in s.timeline):
        return None
    if code_of(e) not in OF_FAMINE and not _serves_otherwise(case, e):
        return None
    said = "When descriptors had run out and were there again, it did not serve any more."
    if _later_ones_served(e):
        said = "When descriptors had run out one client was turned away; later ones were served."
        bug = "a client that comes when it has no descriptors left (EMFILE) is turned away"
        return Sign(frozenset({e.check_id}), (said,), CERTAIN, bug)
    if e.died:
        said = "It ended when it had no descriptor left for one more client."
    return Sign(frozenset({e.check_id}), (said,), CERTAIN)


def _later_ones_served(e: Evidence) -> bool:
    """Whether those who came after the one that is accused got all that they sent."""
    wrong = {f.session for f in e.findings}
    if None in wrong or e.died:
        return False
    last = max(number for number in wrong if number is not None)
    later = e.trace.scripts[last + 1 :]
    return any(s.sent for s in later) and all(s.received == s.sent for s in later)


def _serves_otherwise(case: Case, e: Evidence) -> bool:
    """Whether it answers while there are descriptors, so that their lack is the reason."""
    return talks(case) and e.first.kind in (*UNSERVED, Kind.DIED, Kind.EARLY_CLOSE, Kind.TRUNCATED)


RULES: tuple[Rule, ...] = (
    Rule(
        "signal-breaks",
        signal_breaks,
        must=("resilience/pause-resume",),
        strength=1,
        asks=("signals",),
    ),
    Rule(
        "urgent-data",
        urgent_data,
        must=("resilience/urgent-data",),
        may=("resilience/urgent-data", "fuzz/plans"),
        strength=1,
        asks=("signals",),
    ),
    Rule("famine-drops-clients", famine_drops, must=(FAMINE,), strength=2),
    Rule("lock-kept", lock_kept, may=LEFT, strength=1, asks=("connections",)),
    Rule("workers-die", workers_die, may=LEFT, strength=1, asks=("connections",)),
    Rule("workers-die", takes_several, may=LEFT, strength=1, asks=("aftermath",)),
    Rule(
        "descriptor-famine",
        famine,
        must=(FAMINE,),
        may=(FAMINE,),
        strength=1,
    ),
)
