"""What grows with each round of clients: rules of the group "process"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Evidence
from harness.diagnosis.facts_process import first_kind, talks
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.rows import piles_up, resets_until_unserved
from harness.values.trace import AFTERWARDS, Measurement
from harness.values.verdict import Kind


def _grows(name: str, said: str, takes: Sequence[str] = ()) -> Callable[[Case], Sign | None]:
    """``name``: of the check, which measures that.  ``takes``: others that grow with it, since
    whoever leaves it behind holds them too."""

    def look(case: Case) -> Sign | None:
        if first_kind(case, f"resources/{name}") is not Kind.RESOURCE:
            return None
        e = case.of(f"resources/{name}")
        if e is not None and piles_up(e) and resets_until_unserved(case):
            return None  # they belong to those who wait in vain
        others = [other for other in takes if _grows_too(case.of(f"resources/{other}"), name)]
        grow = "grow" if len(others) > 1 or others == ["descriptors"] else "grows"
        too = (f"Its {' and its '.join(others)} {grow} with them.",) if others else ()
        found = {name, *others}
        told = (said, *too, *_still_there(case, name))
        return Sign(frozenset(f"resources/{one}" for one in found), told, LIKELY)

    return look


def _still_there(case: Case, name: str) -> tuple[str, ...]:
    """What was seen some time later.  Who looks after them now and then may give them back still
    later, so no more is certain."""
    e = case.of(f"resources/{name}")
    later = None if e is None else e.trace.measured(AFTERWARDS)
    if e is None or later is None or not (rounds := _rounds(e)):
        return ()
    seconds = later.at - rounds[-1].at
    return (f"They had not come back {seconds:.0f} seconds after the last client had gone.",)


def _grows_too(e: Evidence | None, name: str) -> bool:
    """Whether ``name`` grew in each round of the check that found another thing to grow."""
    if e is None or e.first.kind is not Kind.RESOURCE:
        return False
    counts = [getattr(m, name) for m in _rounds(e)]
    return len(counts) > 3 and all(b > a for a, b in pairwise(counts))


def _rounds(e: Evidence) -> list[Measurement]:
    return [m for m in e.trace.measurements if m.label.startswith("round-") and m.processes]


def child_goes_on(case: Case) -> Sign | None:
    """Each client leaves a process that lives, and sees the end of its connection."""
    if not talks(case) or "shutdown/after-echo" in case.failed:
        return None
    found = {e.check_id for e in case.failures if _children_stay(e)}
    if not found:
        return None
    said = "The number of its processes grows with each round of clients, and they do not end."
    busy = ("shutdown/no-spin", "resources/idle-cpu")
    found |= {i for i in busy if first_kind(case, i) is Kind.RESOURCE}
    return Sign(frozenset(found), (said,), LIKELY)


def _children_stay(e: Evidence) -> bool:
    """Whether more processes that have not ended are there after each round of clients."""
    alive = [m.processes - m.zombies for m in _rounds(e)]
    return (
        e.first.kind is Kind.RESOURCE and len(alive) > 3 and all(b > a for a, b in pairwise(alive))
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "descriptor-leak",
        _grows("descriptors", "The number of its descriptors grows with each round.", ["memory"]),
        strength=1,
    ),
    Rule(
        "thread-leak",
        _grows(
            "threads",
            "The number of its threads grows with each round of clients.",
            ["descriptors", "memory"],
        ),
        strength=1,
    ),
    Rule(
        "memory-leak",
        _grows("memory", "Its memory grows with each round of clients."),
        strength=1,
    ),
    Rule(
        "zombies",
        _grows("zombies", "Ended children stay, more with each round of clients."),
        strength=1,
    ),
    Rule(
        "child-goes-on",
        child_goes_on,
        may=("resources/*", "shutdown/no-spin"),
        strength=2,
    ),
)
