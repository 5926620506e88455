"""Those who serve clients for the target end with them: rules of the group "process".

A thread that has ended is missing from then on.  A process dies and is started again: the target
lives on, so no death is seen of it.  Its clients are reset though nobody concerned did anything,
the next may be refused for a moment, and the target often says that it starts another.
"""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY
from harness.diagnosis.facts_crowds import fails_in_turn, of_several
from harness.diagnosis.facts_deaths import FAMINE, falls, of_workers, quoted, words_of
from harness.diagnosis.facts_process import talks
from harness.diagnosis.languages import in_file
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.aftermath import UNSERVED
from harness.diagnosis.rules.deaths import LEFT
from harness.diagnosis.rules.rows import resets_until_unserved, unserved_after_resets
from harness.diagnosis.where import mentions
from harness.diagnosis.words import OF_CLIENTS, told
from harness.diagnosis.words.raised import Raised
from harness.values.verdict import Profile

OTHERS = 2
"""Checks in which others are cut off, or nobody is there."""


def _look(case: Case) -> tuple[frozenset[str], str, str]:
    """The checks in which it shows, what is said of the process, and why it ended."""
    ended, why = of_workers(case)
    itself = any(fall.check_id != FAMINE for fall in falls(case))
    if not ended or case.profile is not Profile.CONCURRENT or itself or not talks(case):
        return frozenset(), "", ""
    found = explained(case, (*UNSERVED, *CUT), of_several)
    return (found, ended, why) if len(found) >= OTHERS else (frozenset(), "", "")


def worker_of_reset(case: Case) -> Sign | None:
    """It says why: a client has broken off its connection."""
    found, ended, why = _look(case)
    if not why:
        return None
    return Sign(found, (f"The target says {why!r}, and {ended!r}.",), LIKELY, BUG)


def worker_of_client(case: Case) -> Sign | None:
    """It does not say why."""
    found, ended, why = _look(case)
    if not ended or why:
        return None
    said = f"Clients that others had nothing to do with were cut off; the target says {ended!r}."
    return Sign(found, (said,), LIKELY, BUG)


def thread_of_reset(case: Case) -> Sign | None:
    """Nobody is served after some resets, and it is told or to be read that each has ended a
    thread: a place that is not given back would show in the same way."""
    served = resets_until_unserved(case)
    if not served or fails_in_turn(case) or not (why := _ends_thread(case)):
        return None
    said = f"Of clients that reset, one after another, {served} were served, and then nobody; {why}"
    detail = (
        "each client that resets ends the worker (a thread, a task) that serves it: after "
        f"{served} of them none is left"
    )
    return Sign(unserved_after_resets(case), (said,), LIKELY, detail)


def threads_end(case: Case) -> Sign | None:
    """One thread after another tells of the error of a client as its last word, and where they do
    somebody is not served."""
    found: dict[str, list[Raised]] = {}
    for e in case.failures:
        named = {w.circumstance: w for w in told(e.output) if _ends_its_thread(w)}
        if len(named) >= SEVERAL and any(f.kind in UNSERVED for f in e.findings):
            found[e.check_id] = list(named.values())
    if not found:
        return None
    ended = max(found.values(), key=len)
    names = ", ".join(sorted(w.circumstance.removeprefix("in thread ") for w in ended)[:NAMED])
    said = (
        f"{len(ended)} threads have ended with the error of a client ({quoted(ended[0])}): {names}."
        " Then somebody was not served."
    )
    return Sign(frozenset(found), (said,), LIKELY)


SEVERAL, NAMED = 2, 4
"""Threads: where one error blocks all, as a lock that is kept does, no other comes to its end."""


def _ends_its_thread(w: Raised) -> bool:
    return w.circumstance.startswith("in thread ") and w.code in OF_CLIENTS


def _ends_thread(case: Case) -> str:
    """The end of a sentence that tells by what a reset ends a thread; empty where nothing does."""
    found = (w for i in sorted(case.failed) if (e := case.of(i)) and (w := words_of(e)))
    last = next((w for w in found if "thread" in w.circumstance and w.code in OF_CLIENTS), None)
    if last is not None:
        return f"{last.circumstance} it tells of {quoted(last)}."
    quiet = (
        mentions("workers-die", text, language)
        for name, text in case.sources
        if (language := in_file(name, text, case.command)) in QUIET
    )
    if any(quiet):
        return "in the source an error of a client leaves the loop of the worker that serves it."
    return ""


QUIET = ("java",)
"""Languages in which it is known from the source that the error is caught behind the loop.  What
nobody catches is told by the language itself, and says more."""
BUG = "an error of one client ends the process that serves it, with all its other clients"
RULES: tuple[Rule, ...] = (
    Rule("workers-die", thread_of_reset, may=LEFT, strength=2, asks=("connections",)),
    Rule("workers-die", threads_end, may=(*LEFT, "fuzz/plans"), strength=1),
    Rule("crash-on-reset", worker_of_reset, may=(*LEFT, "fuzz/plans"), strength=3),
    Rule("client-error-ends-server", worker_of_client, may=(*LEFT, "fuzz/plans"), strength=3),
)
