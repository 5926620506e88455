"""How the next client is served when one has failed, as the experiment ``aftermath`` tells."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CUT, LIKELY
from harness.diagnosis.experiments.values import Fact
from harness.diagnosis.facts_crowds import SIDE_BY_SIDE, of_several
from harness.diagnosis.facts_deaths import FAMINE, of_workers, words_of
from harness.diagnosis.facts_process import fact, first_kind
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.deaths import LEFT
from harness.diagnosis.rules.rows import resets_until_unserved
from harness.values.verdict import Kind, Profile

UNSERVED = (Kind.NO_ECHO, Kind.REFUSED, Kind.NO_END)
"""What is seen of a client that nobody serves any more; not that others came first."""


def _how_failed(case: Case, outcomes: Sequence[Fact]) -> str | None:
    """The way in which a client has to fail, so that the next one has one of ``outcomes``."""
    if case.profile is not Profile.CONCURRENT or fact(case, "aftermath", "none") != "right":
        return None
    return next((w for w in HOW_IT_FAILED if fact(case, "aftermath", w) in outcomes), None)


def only_the_next(case: Case) -> bool:
    """Whether after a client that failed just one is not served, and later ones are."""
    return bool(_how_failed(case, ("nothing",))) and fact(case, "aftermath", "still") == "right"


def one_is_not_enough(case: Case) -> bool:
    """Whether the next client was served in full after one that failed in each of the ways."""
    return all(fact(case, "aftermath", way) == "right" for way in ("none", *HOW_IT_FAILED))


def removes_wrong(case: Case) -> Sign | None:
    """Of two who were there before one between them failed, one is forgotten; who comes later is
    served.  Nothing of theirs can be what that one has left behind."""
    stayed = {name: fact(case, "aftermath", name) for name in ("earlier", "newer")}
    gone = [name for name, how in stayed.items() if how in FORGOTTEN]
    right = [name for name, how in stayed.items() if how == "right"]
    if len(gone) != 1 or len(right) != 1 or fact(case, "aftermath", "later") != "right":
        return None
    if stayed[gone[0]] == "ended" and (of_workers(case)[0] or any(e.died for e in case.failures)):
        return None
    what = "got no answer any more" if stayed[gone[0]] == "nothing" else "was disconnected"
    said = (
        "Three clients came one after another and were served. When the second had failed the "
        f"{ORDER[gone[0]]} {what}, the {ORDER[right[0]]} did not suffer, and one that came later "
        "was served."
    )
    return Sign(explained(case, (*UNSERVED, *CUT), of_several), (said,), CERTAIN)


FORGOTTEN = ("nothing", "ended")
ORDER = {"earlier": "first", "newer": "third"}
NO_NUMBERS = ("node", "java")
"""Languages whose programs see no descriptors."""


def by_descriptor(case: Case) -> Sign | None:
    """Only the next client after one that failed is not served: it has that one's descriptor."""
    way = _how_failed(case, ("nothing",))
    if way is None or not only_the_next(case) or _talked(case):
        return None
    stayed = [fact(case, "aftermath", name) for name in ("earlier", "newer")]
    if any(how not in (None, "right") for how in stayed):
        return None  # they have descriptors of their own
    if case.language_by("".join(e.output for e in case.failures)) in NO_NUMBERS:
        return _by_place(case, HOW_IT_FAILED[way]) if stayed == ["right", "right"] else None
    said = (
        f"When one client {HOW_IT_FAILED[way]}, the next was not served, and the one after that "
        "was: the next has the descriptor (the number) of the one that failed."
    )
    return Sign(explained(case, (*UNSERVED, *CUT), of_several), (said,), LIKELY)


def _by_place(case: Case, how: str) -> Sign:
    """The same of a program that knows no descriptors, and gives numbers of its own."""
    said = (
        f"When one client {how}, the next was not served, and the one after that was; those who "
        "were there already were answered on."
    )
    detail = (
        "what is known of a client is kept under a number or a place that the next client gets "
        "again, and is not removed when it goes"
    )
    return Sign(explained(case, (*UNSERVED, *CUT), of_several), (said,), LIKELY, detail)


def ends_all_later(case: Case) -> Sign | None:
    """One client has failed, and from then on each connection is ended, though the server lives."""
    way = _how_failed(case, ("ended", "refused"))
    if way is None or fact(case, "aftermath", "still") not in ("ended", "refused"):
        return None
    if any(e.died for e in case.failures) or resets_until_unserved(case):
        return None
    said = (
        f"When one client {HOW_IT_FAILED[way]}, the next one's connection was ended, and so was "
        "that of the one after it, though the server lives."
    )
    return Sign(
        explained(case, (*UNSERVED, *CUT), of_several),
        (said,),
        LIKELY,
        "an error of one client's connection ends more than that connection: all that come later",
    )


def lock_kept_seen(case: Case) -> Sign | None:
    """One client has failed, and from then on nobody is served to the end."""
    way = _how_failed(case, STUCK)
    if way is None or fact(case, "aftermath", "still") not in STUCK or _talked(case):
        return None
    if first_kind(case, "shutdown/no-spin") is Kind.RESOURCE:  # it is busy, and waits for no lock
        return None
    behind = explained(case, (*UNSERVED, Kind.TRUNCATED), of_several)
    grows = {i for i in case.failed if i.startswith("resources/")}
    said = (
        f"When one client {HOW_IT_FAILED[way]}, the next was not served to its end, nor the one "
        "after that, though the server lives."
    )
    deaf = first_kind(case, FAMINE) not in (None, Kind.RESOURCE)
    return Sign(behind | grows | ({FAMINE} if deaf else set()), (said,), LIKELY)


STUCK = ("nothing", "part", "open")
HOW_IT_FAILED = {
    "reset": "had got its answer and reset",
    "unread": "had reset before its answer came",
    "stalled": "had not read for a while and reset",
}


def _talked(case: Case) -> bool:
    """Whether it has told of an exception of its own, or of a process that has ended, which says
    more."""
    return bool(of_workers(case)[0]) or any(
        (w := words_of(e)) is not None and bool(w.frames) for e in case.failures
    )


ASKS = ("aftermath",)
RULES: tuple[Rule, ...] = (
    Rule("removes-wrong-client", removes_wrong, may=(*LEFT, *SIDE_BY_SIDE), strength=3, asks=ASKS),
    Rule("state-by-descriptor", by_descriptor, may=LEFT, strength=2, asks=ASKS),
    Rule("client-error-ends-server", ends_all_later, may=LEFT, strength=2, asks=ASKS),
    Rule("lock-kept", lock_kept_seen, may=(*LEFT, FAMINE), strength=2, asks=ASKS),
)
