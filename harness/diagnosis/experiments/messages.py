"""When the target answers, and how many messages, reads and bytes a connection lives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments.exchanges import (
    NOTHING,
    RIGHT,
    Exchange,
    agreeing,
    exchanges,
    was_left,
)
from harness.diagnosis.experiments.series import UNTOLD, baseline
from harness.diagnosis.experiments.values import (
    GREETS_WITHIN,
    Asking,
    Fact,
    Observed,
    Setting,
    conversation,
    ended_early,
    ending_of,
    exact,
    exchange,
    listed,
    number,
    observed,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, one
from harness.values.trace import Trace

KIB = 1024

# --- answers ------------------------------------------------------------------------------------

WORD, SECOND, NEWLINE = b"probe", b"again", b"\n"
STAGES = (1024, 4096, 65536)
"""Bytes sent in all at each further stage: the sizes of buffers that programs wait to fill."""
AFTER_SECOND = "after a second message"
DOUBLING = tuple(2**k for k in range(4, 17))


def answers(setting: Setting) -> Asking[Observed]:
    """When does the target answer at all?

    ``when``: a value of `Answers`, or ``after a second message``.  ``sent``: bytes that it had got
    when it first answered; ``first``: bytes of that answer; ``banner``: it spoke first.
    ``unit``: bytes that it waits for, exactly; 0 where it waits for no number.  ``ending``.
    """
    trace = yield _stages()
    if trace is None:
        return observed("answers", (), "Nothing could be tried.", special=False)
    found = _first_answer(trace)
    traces, unit = [trace], 0
    if found["when"] == Answers.AFTER_MORE:
        counted = yield _doubling(number(found["sent"]))
        if counted is not None:
            traces.append(counted)
            unit = number(_first_answer(counted)["first"])
    return observed(
        "answers",
        traces,
        _told(found, unit),
        special=found["when"] is not Answers.AT_ONCE or bool(found["banner"]),
        unit=unit,
        **found,
    )


def _stages() -> Plan:
    steps: list[Step] = [p.Connect()]
    for word in (WORD, SECOND, NEWLINE):
        steps += exchange(p.Literal(word))
    sent = len(WORD + SECOND + NEWLINE)
    for total in STAGES:
        steps += exchange(p.Literal(b"x" * (total - sent)))
        sent = total
    return one(*steps, p.HalfClose(), p.AwaitEcho(), p.Close())


def _doubling(most: int) -> Plan:
    steps: list[Step] = [p.Connect()]
    sent = 0
    for total in DOUBLING:
        if sent < most:
            steps += exchange(p.Literal(b"x" * (total - sent)))
            sent = total
    return one(*steps, p.Close())


def _first_answer(trace: Trace) -> dict[str, Fact]:
    seen = trace.scripts[0]
    sent, ended, first, banner = 0, False, 0, False
    for moment in seen.timeline:
        if moment.what == "sent" and not first:
            sent += moment.size
        elif moment.what == "half-closed":
            ended = True
        elif moment.what == "received" and not first:
            if not sent:
                banner = True
                continue
            first = moment.size
            break
    return {
        "when": _when(sent, ended, first, refused=seen.error is not None and not sent),
        "sent": sent,
        "first": first,
        "banner": banner,
        "ending": ending_of(seen),
    }


def _when(sent: int, ended: bool, first: int, *, refused: bool) -> str:
    if refused:
        return Answers.UNKNOWN
    if not first:
        return Answers.NEVER
    if ended:
        return Answers.AFTER_END
    if sent <= len(WORD):
        return Answers.AT_ONCE
    if sent <= len(WORD + SECOND):
        return AFTER_SECOND
    return Answers.AFTER_NEWLINE if sent <= len(WORD + SECOND + NEWLINE) else Answers.AFTER_MORE


def summary(seen: Observed) -> Answers:
    """The outcome of `answers` in the words that it had before."""
    when = seen.facts.get("when", Answers.UNKNOWN)
    return Answers.AFTER_MORE if when == AFTER_SECOND else Answers(str(when))


def _told(found: dict[str, Fact], unit: int) -> str:
    match found["when"]:
        case Answers.AT_ONCE:
            said = "A first message of 5 bytes without a newline is answered at once"
        case Answers.NEVER:
            said = (
                "Nothing is ever answered: not a word, a newline, 64 KiB, or the end of the client"
            )
        case Answers.UNKNOWN:
            said = "No connection came about"
        case Answers.AFTER_NEWLINE:
            said = "Two words are not answered until a newline is sent"
        case Answers.AFTER_END:
            said = f"{found['sent']:,} bytes are not answered until the client has ended"
        case when if when == AFTER_SECOND:
            said = "A first message is not answered until a second one is sent"
        case _:
            said = f"Nothing is answered before {found['sent']:,} bytes were sent"
            if unit:
                said = f"Nothing is answered until {unit:,} bytes have come"
    if found["banner"]:
        said += "; it speaks before anything was sent"
    return said + "."


# --- messages -----------------------------------------------------------------------------------

COUNT = 40
SIZES = (5, 300)
"""Of the messages of the first and the second connection: a limit on messages shows at the same
message on both, a limit on bytes does not."""
BUFFERS = (512, 1024, 2048, 4096, 8192, 16384, 65536)
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
    for name, size in (("first", SIZES[0]), ("second", SIZES[1])):
        plan = one(*conversation(_numbered(size)))
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        found = exchanges(plan, trace)
        place, bad, total = _first_bad(found, COUNT)
        facts[f"{name}_bad"] = place
        if name == "first":
            facts |= {"bad": bad, "bytes": total}
            if not any(seen.got for seen in found):
                break  # it does not answer, whatever the number
        else:
            facts |= {"second_what": bad, "second_bytes": total}
    facts["limit"] = _limit(facts)
    if "second_bad" in facts:
        facts |= yield from _after_full_reads(setting, traces)
    if facts.get("second_bad") == facts["first_bad"] == 0:
        letters = (p.Literal(bytes([97 + i % 26])) for i in range(MANY))
        plan = one(
            p.Connect(),
            p.Wait(GREETS_WITHIN),
            *(s for x in letters for s in (p.Send(x), p.AwaitEcho())),
            p.Close(),
        )
        trace = yield plan
        if trace is not None:
            traces.append(trace)
            found = exchanges(plan, trace)
            place, bad, _ = _first_bad(found, MANY)
            facts |= {"many_bad": place, "many_tried": len(found)}
            if place:
                facts |= {"bad": bad, "limit": "messages"}
    special = any(facts.get(f"{name}_bad") for name in ("first", "second", "many")) or bool(
        facts.get("ends") or facts.get("wrong")
    )
    return observed("messages", traces, _told_messages(facts), special=special, **facts)


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
            said += f"; after a first one of exactly {_listed(lives)} bytes a second is answered"
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
            f"{_listed(ends)} bytes the connection does not go on."
        )
    if wrong := listed(facts.get("wrong")):
        return f"40 small messages are answered, but one of exactly {_listed(wrong)} bytes is not."
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


def _listed(values: Sequence[object]) -> str:
    shown = [f"{value:,}" if isinstance(value, int) else str(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# --- repeat -------------------------------------------------------------------------------------

ROWS = (b"AAAA", b"AAAA", b"AAAA", b"BBBB", b"AAAA", b"CCCC", b"CCCC")


def repeat(setting: Setting) -> Asking[Observed]:
    """Is the same message answered again?

    ``wrong``: numbers (from 1) of those not answered rightly among A A A B A C C; ``repetitions``:
    those are exactly the ones that equal the one before.
    """
    plan = one(*conversation(ROWS))
    trace = yield plan
    found = exchanges(plan, trace) if trace is not None else ()
    wrong: list[int | str] = [n for n, seen in enumerate(found, 1) if seen.how != RIGHT]
    same = [n + 1 for n in range(1, len(ROWS)) if ROWS[n] == ROWS[n - 1]]
    repetitions = bool(wrong) and wrong == same[: len(wrong)]
    if repetitions:
        said = "A message equal to the one before is not answered; all others are."
    elif wrong:
        said = f"Of A A A B A C C, number {_listed(wrong)} is not answered as it should."
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


# --- cumulative ---------------------------------------------------------------------------------

PIECES = ((300, 1000), (430, 700))
"""Messages and their sizes: twice some 300 KiB."""
FAR = 2**24 + 2**20
"""Bytes in one stream, more than three bytes can count."""


def cumulative(setting: Setting) -> Asking[Observed]:
    """At which total of a connection does it go wrong?

    ``wrong_at``: offsets in a stream of 1,000-byte messages where bytes are wrong (at most 12);
    ``second_at``: the same with 700-byte messages; ``far_at``: the first of one stream of 17 MiB.
    ``by``: ``bytes`` if the first two agree, ``messages`` if it is the same number of messages.
    ``period``: bytes from one to the next, if always the same.  ``total``: bytes tried with nothing
    wrong.  ``ended``: the connection ended there.  ``plain`` as `baseline` says.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {"total": 0, "ended": False, "by": "", "period": 0}
    facts["plain"] = yield from baseline(traces)
    if facts["plain"] in UNTOLD:
        said = UNTOLD[str(facts["plain"])]
        return observed("cumulative", traces, said, special=True, **facts)
    for name, (count, size) in zip(("wrong_at", "second_at"), PIECES, strict=True):
        plan = one(
            p.Connect(),
            *(step for n in range(count) for step in exchange(setting.data(n, size))),
            p.Close(),
        )
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        found = exchanges(plan, trace)
        facts[name] = list(_wrong_at(found, count))[:12]
        facts["ended"] = bool(facts["ended"]) or ended_early(trace.scripts[0])
        if not facts[name] and found:
            total = found[-1].offset + len(found[-1].sent)
            facts["total"] = max(number(facts["total"]), total)
    if not facts.get("wrong_at"):
        yield from _far(setting, facts, traces)
    facts["by"], facts["period"] = _by(facts), _period(facts.get("wrong_at"))
    special = any(facts.get(name) for name in ("wrong_at", "second_at", "far_at"))
    return observed("cumulative", traces, _told_cumulative(facts), special=special, **facts)


def _far(setting: Setting, facts: dict[str, Fact], traces: list[Trace]) -> Asking[None]:
    """One long stream, which is read while it is written."""
    flood = p.Send(setting.data(0, FAR))
    trace = yield one(p.Connect(), flood, p.AwaitEcho(briefly=True), p.Close())
    if trace is None:
        return
    traces.append(trace)
    seen = trace.scripts[0]
    ended = ended_early(seen)
    wrong = bool(seen.surplus) or ended or (trace.slow is None and seen.echoed < FAR)
    facts["far_at"] = [seen.echoed] if wrong else []
    facts["ended"] = bool(facts["ended"]) or ended
    if not wrong:
        facts["total"] = max(number(facts["total"]), seen.echoed)


def _wrong_at(found: Sequence[Exchange], wanted: int) -> list[int | str]:
    wrong: list[int | str] = []
    for place, seen in enumerate(found, 1):
        if seen.how != RIGHT:
            wrong.append(seen.offset + agreeing(seen.sent, seen.got))
        elif seen.ended and place < wanted:
            wrong.append(seen.offset + len(seen.sent))
    return wrong


def _by(facts: dict[str, Fact]) -> str:
    first, second = listed(facts.get("wrong_at")), listed(facts.get("second_at"))
    if not first or not second:
        return ""
    a, b = number(first[0]), number(second[0])
    if abs(a - b) <= 1000:
        return "bytes"
    return "messages" if a // 1000 == b // 700 else ""


def _period(found: Fact | None) -> int:
    places = [number(place) for place in listed(found)]
    if len(places) < 3:
        return 0
    steps = {b - a for a, b in itertools.pairwise(places)}
    return steps.pop() if len(steps) == 1 else 0


def _told_cumulative(facts: dict[str, Fact]) -> str:
    names = {
        "wrong_at": "messages of 1,000 bytes",
        "second_at": "messages of 700 bytes",
        "far_at": "one long stream",
    }
    for name, what in names.items():
        if found := listed(facts.get(name)):
            said = f"In {what}, the stream goes wrong at offset {_listed(found[:3])}"
            if facts["period"]:
                said += f", every {facts['period']:,} bytes"
            if facts["by"] == "messages":
                said += ", by the number of messages and not of bytes"
            return said + "."
    return f"{facts['total']:,} bytes on one connection all come back."
