"""What hundreds of equal clients show, one after another: something is used up by each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY, Answers, Evidence
from harness.diagnosis.experiments.values import number
from harness.diagnosis.experiments.values import when as moment
from harness.diagnosis.facts_crowds import DEAF, fails_in_turn, stays
from harness.diagnosis.facts_deaths import fell, of_workers, plain_falls, words_of
from harness.diagnosis.facts_process import fact
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.leaving import leaver_blocks
from harness.diagnosis.rules.waiting import when
from harness.values.plan import AwaitEcho, Script
from harness.values.trace import ScriptTrace
from harness.values.verdict import Kind

FEW = 8
"""Clients after which something is used up, at least: who fails sooner has another bug."""
MOST_RESETS = 20
"""Clients that reset after which nobody is served: if more are needed it may be those that ended in
good order before them that used something up."""
IN_A_ROW = 40
"""Clients of a plan that lets the same client come again and again."""


def in_a_row(case: Case) -> Sign | None:
    """Many of the same client came, each like the one before, and one was the first not served."""
    firsts = {e.check_id: first for e in case.failures if (first := _first_unserved(e)) >= FEW}
    if not firsts or when(case) not in AT_ONCE or leaver_blocks(case):
        return None
    least = min(firsts.values())
    if all(_served_when_all_had_left(case.of(check_id)) for check_id in firsts):
        said = (
            f"While one client stayed, the first {least:,} of a row of equal ones were served, and "
            "then nobody until that one had left as well."
        )
        bug = (
            f"while one client stays, nobody is served after about {least:,} others: what those "
            "that end have taken is given back only when nobody is there"
        )
        return Sign(frozenset(firsts), (said,), LIKELY, bug)
    if any(_nobody_new(case.of(check_id)) for check_id in firsts):
        return _taken_along(firsts)
    said = f"The first {least:,} clients of a row of equal ones were served, and then nobody."
    return Sign(
        frozenset(firsts),
        (said,),
        LIKELY,
        f"after about {least:,} clients nobody is served: something of each one that ends is not "
        "given back",
    )


def _taken_along(firsts: Mapping[str, int]) -> Sign:
    """``firsts``: the number of clients in each such check, after which nobody new was served."""
    many = max(firsts.values())
    said = (
        f"One client that goes as those of this check do harms nobody. After {many:,} of them "
        "nobody who came was answered."
    )
    return Sign(
        frozenset(firsts),
        (said,),
        LIKELY,
        "each client that goes in this way takes something along (a place, a lock, a share of a "
        f"budget), and after some {many:,} of them nobody new is served",
    )


def resets_until_unserved(case: Case) -> int:
    """Of clients in a row that reset, how many were served until nobody was, although as many that
    end in good order all are; 0 where it is not so, or the first of them does the harm."""
    if fact(case, "connections", "plain_bad") != 0 or plain_falls(case) or of_workers(case)[0]:
        return 0
    bad = number(fact(case, "connections", "reset_bad"))
    return bad - 1 if 2 < bad <= MOST_RESETS else 0


def used_up_by_resets(case: Case) -> Sign | None:
    """Only those who reset keep their place, or are counted: some of them are needed."""
    if not (served := resets_until_unserved(case)) or fails_in_turn(case):
        return None
    said = (
        f"Of clients that reset, one after another, {served} were served, and then nobody; clients "
        "that end in good order are served again and again."
    )
    return Sign(
        unserved_after_resets(case),
        (said,),
        LIKELY,
        f"each client that resets takes something along (a worker that ends with it, a place, a "
        f"lock, a count): after {served} of them no client is served",
        mend="Catch the errors of a client inside the loop of whoever serves clients, so that it "
        "lives on, and give back what a client has taken also where its connection fails.",
    )


def unserved_after_resets(case: Case) -> frozenset[str]:
    """The checks in which clients waited in vain, and those in which their connections pile up."""
    waited = explained(case, (*DEAF, *CUT), lambda e: not e.first.received)
    return waited | {e.check_id for e in case.failures if piles_up(e)}


def piles_up(e: Evidence) -> bool:
    """Whether something grew from round to round of clients, and nobody was served any more: then
    it is those who wait that grow."""
    if e.first.kind is not Kind.RESOURCE or not e.check_id.startswith("resources/"):
        return False
    waited = [
        seen.first_byte is not None
        for script, seen in zip(e.plan.scripts, e.trace.scripts, strict=False)
        if any(type(step) is AwaitEcho for step in script.steps)
    ]
    return any(waited) and len(waited) > IN_A_ROW and not any(waited[len(waited) // 4 :])


def _first_unserved(e: Evidence) -> int:
    """The number of the first of a row of equal clients that was not served; 0 where none is."""
    first = e.first.session
    if first is None or len(e.plan.scripts) < IN_A_ROW:
        return 0
    if e.first.kind not in DEAF and (e.first.kind not in CUT or e.first.received):
        return 0
    if len({script.steps for script in e.plan.scripts[:first]}) > ALIKE:
        return 0
    if _another_was_served(e, first):
        return first
    return _unanswered(e, first) if _served_when_all_had_left(e) or _nobody_new(e) else 0


def _unanswered(e: Evidence, end: int) -> int:
    """The number of the first script before ``end`` from which on none was answered that waited
    for an answer; ``end`` where they wait for none."""
    waited = [i for i in range(end) if any(type(s) is AwaitEcho for s in e.plan.scripts[i].steps)]
    answered = [i for i in waited if e.trace.scripts[i].first_byte is not None]
    return answered[-1] + 1 if answered else end


def _served_when_all_had_left(e: Evidence | None) -> bool:
    """Whether the last one, who came when the one who stayed had left, was served again, and the
    one before that was not."""
    if e is None or not _who_stays(e):
        return False
    *_, before, lasting, last = e.trace.scripts
    served = lasting.first_byte is not None and last.first_byte is not None
    return served and before.first_byte is None


def _nobody_new(e: Evidence | None) -> bool:
    """Whether the row left badly and asked for nothing, and of those who came after it nobody was
    answered."""
    if e is None or not e.check_id.startswith("resilience/") or not _who_stays(e):
        return False
    *row, before, _, last = e.trace.scripts
    steps = (step for script in e.plan.scripts[: len(row)] for step in script.steps)
    if any(type(step) is AwaitEcho for step in steps):
        return False
    return all(script.sent and script.first_byte is None for script in (before, last))


def _who_stays(e: Evidence) -> int:
    """The place of the one who stays while the others of a row come and go; 0 where none does."""
    if len(e.trace.scripts) != len(e.plan.scripts):
        return 0
    stayed = [i for i, script in enumerate(e.plan.scripts) if stays(script)]
    return stayed[0] if stayed == [len(e.plan.scripts) - 2] else 0


def _another_was_served(e: Evidence, first: int) -> bool:
    """Whether one who went about it in the same way got its answer: else it is not its number that
    matters but what it does, such as to wait for its answer before it ends its side."""
    wanted = _manner(e.plan.scripts[first])
    return any(_manner(script) == wanted for script in e.plan.scripts[:first])


def _manner(script: Script) -> tuple[str, ...]:
    """Its steps without their data."""
    return tuple(type(step).__name__ for step in script.steps)


AT_ONCE = (Answers.AT_ONCE, Answers.UNKNOWN)
"""Else it is no wonder that somebody gets no answer."""
ALIKE = 7
"""Kinds of clients in such a row: their messages differ a little."""


def used_up(case: Case) -> Sign | None:
    """After the same number of clients in all nobody is served any more."""
    ends = plain_falls(case)
    if any(f.death.signal for f in ends):
        return None  # nobody is served by a process that has crashed
    if ends and all(f.death.clean for f in ends) and "sessions/one-after-another" in case.failed:
        served = {f.served for f in ends if f.check_id == "sessions/one-after-another"}
        busy = [f for f in ends if f.after == "nothing" and f.waiting]
        if min(served, default=0) < 2 or len(busy) * 3 > len(ends):
            return None
        said = f"It ended, in good order, after {min(served):,} clients in all."
        found = fell(case) | explained(case, (Kind.REFUSED,))
        return Sign(found, (said,), LIKELY)
    plain, row = _used_up_in_turn(case), used_up_by_resets(case) or in_a_row(case)
    if plain is not None and row is not None:
        return replace(row, explains=row.explains | plain.explains)
    return row or plain or _used_up_by_failures(case)


def _used_up_in_turn(case: Case) -> Sign | None:
    """Of those that end in good order one is not served, and no later one is."""
    bad = number(fact(case, "connections", "plain_bad"))
    if bad <= 2 or _served_again(case, bad):
        return None
    said = f"Of connections in a row number {bad} was not served any more."
    return Sign(explained(case, (*DEAF, *CUT), _got_nothing), (said,), LIKELY)


def _got_nothing(e: Evidence) -> bool:
    """Whether it waited in vain, or was turned away."""
    return e.first.kind in DEAF or not e.first.received


def _served_again(case: Case, bad: int) -> bool:
    """Whether others were served after number ``bad`` was not, in a row of those that reset, or
    after the first of a crowd that was not: then nothing is used up.  As many as before are served
    by an instance that was started anew."""
    deaf, served = (number(fact(case, "clients", name)) for name in ("first_unserved", "served"))
    if 0 < deaf <= served:
        return True
    then = fact(case, "connections", "reset_bad")
    return then is not None and number(then) not in (1, bad)


def _used_up_by_failures(case: Case) -> Sign | None:
    """Those who leave badly keep their place: some are needed until there is none left."""
    e = case.of("sessions/churn")
    if e is None or plain_falls(case) or "resilience/reset-mid-echo" in case.failed:
        return None
    if fails_in_turn(case) or e.first.kind is not Kind.NO_ECHO:
        return None
    if any((one := words_of(f)) is not None and one.frames for f in case.failures):
        return None
    number_of = e.first.session or 0
    if number_of < 6 or any(s.first_byte is not None for s in _later(e.trace.scripts, number_of)):
        return None  # one that comes later is served: nothing is used up
    said = f"With clients that come and go in every way, number {e.first.session} got no answer."
    return Sign(frozenset({e.check_id, "fuzz/plans"}), (said,), LIKELY)


def _later(scripts: Sequence[ScriptTrace], number: int) -> list[ScriptTrace]:
    """Those that were connected after script ``number``."""
    came = [moment(s, "connected") for s in scripts]
    begin = came[number] if number < len(scripts) else None
    if begin is None:
        return []
    return [s for s, at in zip(scripts, came, strict=True) if at is not None and at > begin]


RULES: tuple[Rule, ...] = (Rule("connections-used-up", used_up, strength=1, asks=("connections",)),)
