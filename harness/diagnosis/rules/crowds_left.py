"""Several clients of which one leaves: what that does to those who stay."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CLOSED, LIKELY, Evidence
from harness.diagnosis.experiments.values import in_words, listed, number
from harness.diagnosis.facts_crowds import DEAF, FORGOTTEN, SIDE_BY_SIDE, fails_in_turn, of_several
from harness.diagnosis.facts_deaths import plain_falls
from harness.diagnosis.facts_process import fact, first_kind, talks
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.verdict import Finding, Kind, Profile


def _numbers(case: Case, name: str) -> list[int | str]:
    return listed(fact(case, "leavers", name))


def _some_stay(case: Case) -> bool:
    """Whether the experiment was made, all were well before one left, and some are well after it:
    else it is the whole server that suffers."""
    if fact(case, "leavers", "leaver") is None or _numbers(case, "before_bad"):
        return False
    suffer = {*_numbers(case, "more_bad"), *_numbers(case, "left_bad"), *_numbers(case, "came_bad")}
    return len(suffer) < 3 and not plain_falls(case)


def _of_several(case: Case) -> frozenset[str]:
    return explained(case, FORGOTTEN, of_several)


def wrong_nfds(case: Case) -> Sign | None:
    """Who has a higher descriptor than the newest is looked at only when a higher one comes."""
    deaf = _numbers(case, "came_bad") or _numbers(case, "left_bad")
    back = _numbers(case, "late")
    if not deaf or not _some_stay(case) or _numbers(case, "more_bad") or _numbers(case, "ended"):
        return None
    if not set(deaf) <= set(back) or _numbers(case, "newest_bad"):
        return None
    then = "When another had come in its place" if not _numbers(case, "left_bad") else "Then"
    said = (
        f"Of four clients one left. {then} number {in_words(deaf)} got no answer, until more "
        "clients came."
    )
    return Sign(_of_several(case), (said,), LIKELY)


def removes_wrong(case: Case) -> Sign | None:
    """One who stays is forgotten for good, or disconnected, as soon as another has left."""
    ended, deaf = _numbers(case, "ended"), _numbers(case, "left_bad")
    if not _some_stay(case) or not deaf or set(deaf) & set(_numbers(case, "late")):
        return None
    what = "was disconnected" if set(deaf) <= set(ended) else "got no answer any more"
    said = f"Of four clients number 2 left, and then number {in_words(deaf)} {what}."
    if fact(case, "leavers", "leaver") == "open":
        said = f"{said.removesuffix('.')}; the connection of number 2 itself stayed open."
    return Sign(_of_several(case), (said,), CERTAIN)


def closes_wrong(case: Case) -> Sign | None:
    """One is disconnected and another is not when it has ended, in the same check: they were taken
    for one another.  A client that is alone sees its end."""
    if case.profile is not Profile.CONCURRENT or not talks(case) or plain_falls(case):
        return None
    if "shutdown/after-echo" in case.failed or fails_in_turn(case):
        return None
    if fact(case, "leavers", "leaver") == "fin" and not _numbers(case, "left_bad"):
        return None
    swapped = [e for e in case.failures if _swapped(e)]
    if len(swapped) < 2 or first_kind(case, "sessions/simultaneous") in FORGOTTEN:
        return None
    said = (
        f"In {len(swapped)} checks a client was disconnected before it had ended, and another "
        "was not when it had; a client that is alone sees its end."
    )
    return Sign(_of_several(case), (said,), LIKELY)


def _swapped(e: Evidence) -> bool:
    closed = {f.session for f in e.findings if f.kind in CLOSED or _is_reset(f)}
    open_ones = {f.session for f in e.findings if f.kind is Kind.NO_END}
    return bool(closed - open_ones) and bool(open_ones - closed)


def _is_reset(found: Finding) -> bool:
    return found.kind is Kind.TRUNCATED and found.ending == "rst"


def shown_out(case: Case) -> Sign | None:
    """Who comes in the place of one that has left is disconnected unheard; those who came before
    anybody had left are all served, so nothing is used up."""
    if fact(case, "leavers", "newest_how") != "ended" or FIRST_NEW not in _numbers(
        case, "newest_bad"
    ):
        return None
    if any(_numbers(case, name) for name in ("before_bad", "left_bad", "came_bad", "more_bad")):
        return None
    said = (
        "Four clients were served side by side. When one of them had left, the next that came was "
        "disconnected before it got anything; those who stayed were served on."
    )
    found = explained(case, CLOSED, lambda e: not e.first.received)
    return Sign(found, (said,), LIKELY)


def used_up_set(case: Case) -> Sign | None:
    """Many who came at once are all served.  Nobody is who comes while another is silent, and of
    those who come one after another, or stay and talk in turn, some are not."""
    served = number(fact(case, "clients", "served"))
    if served < SEVERAL or plain_falls(case) or not (in_turn := _not_in_turn(case)):
        return None
    if {fact(case, "neighbours", name) for name in ("silent", "stalled")} != {"never"}:
        return None
    said = (
        f"{served} clients that came at once were all served. One that came while another was "
        f"silent got no answer, not even when that one had gone, and {in_turn}."
    )
    return Sign(explained(case, DEAF), (said,), LIKELY)


def _not_in_turn(case: Case) -> str:
    """In words: who is not answered of those that come in a row, or talk in turn; else empty."""
    for name in ("plain", "reset"):
        bad = number(fact(case, "connections", f"{name}_bad"))
        if bad > 1 and fact(case, "connections", f"{name}_what") == "nothing":
            return f"nor did number {bad} of those that came one after another"
    if bad_ones := _numbers(case, "before_bad"):
        return f"nor did number {in_words(bad_ones)} of four that talked in turn"
    return ""


def hangs_in_accept(case: Case) -> Sign | None:
    """Those who stay are not answered in the silence after others have come and gone, and were
    served with all of them there: it waits for somebody to come."""
    e = case.of("sessions/simultaneous")
    if e is None or STAYED not in e.first.message or plain_falls(case):
        return None
    said = (
        "Clients that stayed were answered while others came. In the silence after these had gone "
        "some of them got no answer, and nobody new came either."
    )
    return Sign(frozenset({e.check_id}), (said,), LIKELY)


STAYED = "who stayed while others came and went"
"""In the words of that check."""
SEVERAL = 4
"""Clients that are served at once by a program that can do so."""
FIRST_NEW = 5
"""The number of the client that comes first when one of the four has left."""
LOOKS = ("leavers",)
AT_ONCE = ("clients", "neighbours", "leavers", "connections")
RULES: tuple[Rule, ...] = (
    Rule("accept-blocks-others", hangs_in_accept, strength=1),
    Rule("select-set-used-up", used_up_set, strength=2, asks=AT_ONCE),
    Rule("wrong-nfds", wrong_nfds, may=SIDE_BY_SIDE, strength=2, asks=LOOKS),
    Rule("removes-wrong-client", removes_wrong, may=SIDE_BY_SIDE, strength=2, asks=LOOKS),
    Rule("state-by-descriptor", shown_out, strength=1, asks=LOOKS),
    Rule("removes-wrong-client", closes_wrong, may=SIDE_BY_SIDE, strength=1, asks=LOOKS),
)
