"""How many messages and reads a connection lives, and whether repetitions are answered."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.experiments.constants import standing
from harness.diagnosis.experiments.exchanges import (
    NOTHING,
    RIGHT,
    Exchange,
    exchanges,
    was_left,
)
from harness.diagnosis.experiments.values import (
    GREETS_WITHIN,
    Asking,
    Fact,
    Observed,
    Setting,
    conversation,
    exact,
    exchange,
    in_words,
    listed,
    number,
    observed,
)
from harness.values import plan as p
from harness.values.plan import one
from harness.values.trace import Trace

COUNT = 40
"""Messages of each of the first two connections."""
SIZES = (5, 300)
"""Of these messages: a limit on messages shows at the same message on both, a limit on bytes does
not."""
BUFFERS = (512, 1024, 2048, 4096, 8192, 16384, 65536)
"""Sizes of buffers that a first message fills."""
MANY = 1300
"""Messages of one byte, more than Python's recursion limit allows."""


def messages(setting: Setting) -> Asking[Observed]:
    """How many messages does a connection live?

    ``first_bad``: number of the first message (from 1, of 40 with 5 bytes each) with which
    something is wrong, 0 if none; ``bad``: what (`Exchange.how`, ``late``, or ``ended``: the answer
    came, then the connection ended); ``bytes``: sent by then; ``second_bad``, ``second_bytes``: the
    same with 300 bytes each.  ``limit``: ``messages``, ``bytes``, or empty.  ``lives``, ``ends``:
    sizes of a first exact read (512 to 65,536) after which a second message is, and is not,
    answered; ``wrong``: it is, but an answer is wrong.  ``many_bad``: number of the first message
    that is not answered among 1,300 of one byte, of which ``many_tried`` were.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {"first_bad": 0, "bad": "", "bytes": 0}
    yield from _two_rows(facts, traces)
    facts["limit"] = _limit(facts)
    if "second_bad" in facts:
        facts |= yield from _after_full_reads(setting, traces)
    if facts.get("second_bad") == facts["first_bad"] == 0:
        yield from _many_bytes(facts, traces)
    bad = ("first_bad", "second_bad", "many_bad", "ends", "wrong")
    said = _told_messages(facts) + standing(setting, _decisive(facts))
    return observed("messages", traces, said, special=any(map(facts.get, bad)), **facts)


def _two_rows(facts: dict[str, Fact], traces: list[Trace]) -> Asking[None]:
    """A connection of small messages and one of larger ones, as far as they are answered."""
    for name, size in (("first", SIZES[0]), ("second", SIZES[1])):
        plan = one(*conversation(_numbered(size)))
        trace = yield plan
        if trace is None:
            return
        traces.append(trace)
        found = exchanges(plan, trace)
        place, bad, total = _first_bad(found, COUNT)
        if not found and trace.slow is None:
            place, bad = 1, "ended without an answer"
        facts[f"{name}_bad"] = place
        if name == "first":
            facts |= {"bad": bad, "bytes": total}
            if not any(seen.got for seen in found):
                return  # it does not answer, whatever the number
        else:
            facts |= {"second_what": bad, "second_bytes": total}


def _many_bytes(facts: dict[str, Fact], traces: list[Trace]) -> Asking[None]:
    """A long row of messages of one byte."""
    letters = (p.Literal(bytes([97 + i % 26])) for i in range(MANY))
    row = (step for letter in letters for step in (p.Send(letter), p.AwaitEcho()))
    plan = one(p.Connect(), p.Wait(GREETS_WITHIN), *row, p.Close())
    trace = yield plan
    if trace is None:
        return
    traces.append(trace)
    found = exchanges(plan, trace)
    place, bad, _ = _first_bad(found, MANY)
    facts |= {"many_bad": place, "many_tried": len(found)}
    if place:
        facts |= {"bad": bad, "limit": "messages"}


def _decisive(facts: dict[str, Fact]) -> set[int]:
    """The counts with which it goes wrong, and the size if it is one alone."""
    names = ("first_bad", "second_bad", "many_bad", "bytes", "second_bytes")
    sizes = {number(size) for name in ("ends", "wrong") for size in listed(facts.get(name))}
    counts = {number(facts.get(name)) for name in names} - {0}
    return counts | (sizes if len(sizes) == 1 else set())


def _numbered(size: int) -> list[bytes]:
    """Messages of ``size`` bytes, none like another."""
    return [f"{n:05d}".encode() + b"." * (size - 5) for n in range(1, COUNT + 1)]


def _first_bad(found: Sequence[Exchange], wanted: int) -> tuple[int, str, int]:
    """Number, what is wrong, and bytes sent by then; zero if nothing is.

    That the last of ``wanted`` ends when its client closes is nothing wrong.
    """
    # On a busy machine some are late; where a target sends late, most are.
    late = sum(seen.late for seen in found) > len(found) / 2
    for place, seen in enumerate(found, 1):
        if seen.how != RIGHT or (late and seen.late):
            what = "late" if seen.late else seen.how
            if seen.ended and what == "nothing":
                what = "ended without an answer"
            return place, what, seen.offset + len(seen.sent)
        if seen.ended and place < wanted:
            return place, "ended", seen.offset + len(seen.sent)
    return 0, "", 0


def _limit(facts: dict[str, Fact]) -> str:
    first, second = number(facts["first_bad"]), number(facts.get("second_bad"))
    if not second:
        return ""
    return "messages" if first == second else "bytes"


def _after_full_reads(setting: Setting, traces: list[Trace]) -> Asking[dict[str, Fact]]:
    sizes = BUFFERS if setting.profile is not setting.profile.ONE_SHOT else BUFFERS[1:4]
    plan = p.in_turn(
        *(
            (p.Connect(), *exact(setting.data(n, size)), *exchange(p.Literal(b"second")), p.Close())
            for n, size in enumerate(sizes)
        )
    )
    trace = yield plan
    if trace is None:
        return {}
    traces.append(trace)
    lives: list[int | str] = []
    ends: list[int | str] = []
    wrong: list[int | str] = []
    for script, size in enumerate(sizes):
        found = exchanges(plan, trace, script)
        if not found or was_left(trace, script):
            continue
        if len(found) < 2 or found[1].how == NOTHING:
            ends.append(size)
        else:
            (lives if found[0].how == found[1].how == RIGHT else wrong).append(size)
    return {"lives": lives, "ends": ends, "wrong": wrong}


def _told_messages(facts: dict[str, Fact]) -> str:
    lives, ends = listed(facts.get("lives")), listed(facts.get("ends"))
    if first := number(facts["first_bad"]):
        said = f"Of 40 messages of 5 bytes, {_what(str(facts['bad']), first)}"
        if second := facts.get("second_bad"):
            said += f"; of messages of 300 bytes number {second}"
        elif second == 0:
            said += "; of 40 messages of 300 bytes none goes wrong"
        if lives:
            said += f"; after a first one of exactly {in_words(lives)} bytes a second is answered"
        return said + "."
    if facts.get("second_bad"):
        return (
            f"40 messages of 5 bytes are answered; of 40 with 300 bytes, number "
            f"{facts['second_bad']} goes wrong, when {facts['second_bytes']:,} bytes were sent."
        )
    if many := number(facts.get("many_bad")):
        return f"Of {MANY:,} messages of one byte, {_what(str(facts['bad']), many)}."
    if ends:
        return (
            "40 small messages are answered, but after a read of exactly "
            f"{in_words(ends)} bytes the connection does not go on."
        )
    if wrong := listed(facts.get("wrong")):
        return f"40 small messages are answered, but one of exactly {in_words(wrong)} bytes is not."
    return "40 messages in a row are answered, of 5 and of 300 bytes, and after full reads."


def _what(bad: str, place: int) -> str:
    match bad:
        case "ended":
            return f"the connection ends after the answer to number {place}"
        case "ended without an answer":
            return f"the connection ends at number {place}, without an answer"
        case "nothing":
            return f"number {place} is not answered"
        case "late":
            return f"number {place} is answered only when a later one has come"
        case "part":
            return f"bytes of the answer to number {place} are missing"
        case "more":
            return f"the answer to number {place} has more than was sent"
    return f"the answer to number {place} is changed"


ROWS = (b"AAAA", b"AAAA", b"AAAA", b"BBBB", b"AAAA", b"CCCC", b"CCCC")


def repeat(setting: Setting) -> Asking[Observed]:
    """Is the same message answered again?

    ``wrong``: numbers (from 1) of those not answered rightly among A A A B A C C; ``repetitions``:
    those are exactly the ones that equal the one before, or one of those before.
    """
    plan = one(*conversation(ROWS))
    trace = yield plan
    found = exchanges(plan, trace) if trace is not None else ()
    wrong: list[int | str] = [n for n, seen in enumerate(found, 1) if seen.how != RIGHT]
    if trace is not None and trace.slow is None and len(found) < len(ROWS):
        wrong.append(len(found) + 1)  # the connection had ended
    same = [n + 1 for n in range(1, len(ROWS)) if ROWS[n] == ROWS[n - 1]]
    ever = [n + 1 for n in range(1, len(ROWS)) if ROWS[n] in ROWS[:n]]
    repetitions = bool(wrong) and wrong in (same[: len(wrong)], ever[: len(wrong)])
    if wrong == ever:
        said = "A message equal to an earlier one is not answered; all others are."
    elif repetitions:
        said = "A message equal to the one before is not answered; all others are."
    elif wrong:
        said = f"Of A A A B A C C, number {in_words(wrong)} is not answered as it should."
    else:
        said = "The same message twice and three times in a row is answered each time."
    return observed(
        "repeat",
        [trace] if trace else (),
        said,
        special=bool(wrong),
        wrong=wrong,
        repetitions=repetitions,
    )
