"""When the target answers."""

from __future__ import annotations

from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    ending_of,
    exchange,
    number,
    observed,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, one
from harness.values.trace import Trace

WORD, SECOND, NEWLINE, FILLER = b"probe", b"again", b"\n", b"x"
STAGES = (1024, 4096, 65536)
"""Bytes sent in all at each further stage: the sizes of buffers that programs wait to fill."""
AFTER_SECOND = "after a second message"
DOUBLING = tuple(2**k for k in range(4, 17))


def answers(setting: Setting) -> Asking[Observed]:
    """When does the target answer at all?

    ``when``: a value of `Answers`, or ``after a second message``.  ``sent``: bytes that it had got
    when it first answered; ``first``: bytes of that answer; ``banner``: it spoke first.
    ``unit``: bytes that it waits for, exactly; 0 where it waits for no number; ``at``: bytes that
    it had got when these came.  ``kept``: exactly so many were not answered, so that it is the
    answers that wait, in a buffer that is written when more comes.  ``ending``.
    """
    trace = yield _stages()
    if trace is None:
        return observed("answers", (), "Nothing could be tried.", special=False)
    found = _first_answer(trace)
    traces, unit, at, kept = [trace], 0, 0, False
    if found["when"] == Answers.AFTER_MORE:
        counted = yield _doubling(number(found["sent"]))
        if counted is not None:
            traces.append(counted)
            exact = _first_answer(counted)
            unit, at = number(exact["first"]), number(exact["sent"]) if exact["first"] else 0
        if 1 < unit < at and (full := (yield _exactly(unit))) is not None:
            traces.append(full)
            kept = _went_out(full, unit) and not number(_first_answer(full)["first"])
    return observed(
        "answers",
        traces,
        _told(found, unit),
        special=found["when"] is not Answers.AT_ONCE or bool(found["banner"]),
        unit=unit,
        at=at,
        kept=kept,
        **found,
    )


def _stages() -> Plan:
    steps: list[Step] = [p.Connect()]
    for word in (WORD, SECOND, NEWLINE):
        steps += exchange(p.Literal(word))
    sent = len(WORD + SECOND + NEWLINE)
    for total in STAGES:
        steps += exchange(p.Literal(FILLER * (total - sent)))
        sent = total
    return one(*steps, p.HalfClose(), p.AwaitEnd(), p.Close())


def in_stages(total: int) -> bytes:
    """The first ``total`` bytes of the connection that begins with a word."""
    return (WORD + SECOND + NEWLINE).ljust(total, FILLER)[:total]


def only_filler(total: int) -> bytes:
    """The first ``total`` bytes of the connection on which they are counted."""
    return FILLER * total


def _doubling(most: int) -> Plan:
    steps: list[Step] = [p.Connect()]
    sent = 0
    for total in DOUBLING:
        if sent < most:
            steps += exchange(p.Literal(FILLER * (total - sent)))
            sent = total
    return one(*steps, p.Close())


def _exactly(size: int) -> Plan:
    return one(p.Connect(), *exchange(p.Literal(FILLER * size)), p.Close())


def _went_out(trace: Trace, size: int) -> bool:
    """Whether all of it was sent, on a connection that stayed open."""
    seen = trace.scripts[0]
    return seen.sent == size and seen.error is None and ending_of(seen) == "open"


def _first_answer(trace: Trace) -> dict[str, Fact]:
    seen = trace.scripts[0]
    sent, ended, first, banner = 0, False, 0, False
    for moment in seen.timeline:
        if moment.what == "sent":
            sent += moment.size
        elif moment.what == "half-closed":
            ended = True
        elif moment.what == "received" and not sent:
            banner = True
        elif moment.what == "received":
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
