"""A plan in words: what its clients do, step by step, for people who ask what a check does.

A plan can have hundreds of steps.  What repeats is told once, with how often and with what sizes,
and the rest is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from harness.values import datagrams as d
from harness.values import plan as p

Plan = p.Plan | d.DatagramPlan
Script = p.Script | d.DatagramScript
Step = p.Step | d.Step

MOST_LINES = 24
MOST_VALUES = 6
LONGEST_PATTERN = 16
"""Steps, or clients, after which the same may come again."""
SHOWN = 40
"""Characters of a literal message that are shown."""


class Told(NamedTuple):
    """One step: words, with ``{}`` where ``value`` stands, which differs from turn to turn."""

    words: str
    value: str = ""


class Run(NamedTuple):
    """``times`` times the same ``length`` elements, from ``start`` on."""

    start: int
    length: int
    times: int


def in_words(plan: Plan) -> list[str]:
    """``plan`` as lines of text: a heading for each sort of client, and its steps beneath.

    At most ``MOST_LINES`` of them; empty for a plan in which nobody does anything.
    """
    told = [
        tuple(tell(step) for step in script.steps if step != p.Wait(0)) for script in plan.scripts
    ]
    keys = [_key(plan, told, i) for i in range(len(told))]
    lines = _scripts(plan, told, keys, 0, len(told))
    if len(lines) > MOST_LINES:
        left = len(lines) - MOST_LINES + 1
        lines[MOST_LINES - 1 :] = [f"... ({left:,} more lines)"]
    return lines


def tell(step: Step) -> Told:
    """One step, as an instruction."""
    found = _WORDS[type(step)]
    return Told(found) if isinstance(found, str) else found(step)


def runs(keys: Sequence[Hashable]) -> list[Run]:
    """``keys`` as runs of what repeats, each as much as can be told at once."""
    found: list[Run] = []
    at = 0
    while at < len(keys):
        best = Run(at, 1, 1)
        for length in range(1, min(LONGEST_PATTERN, (len(keys) - at) // 2) + 1):
            times = 1
            while keys[at : at + length] == keys[at + times * length : at + (times + 1) * length]:
                times += 1
            if times > 1 and times * length > best.times * best.length:
                best = Run(at, length, times)
        found.append(best)
        at += best.times * best.length
    return found


# --- steps --------------------------------------------------------------------------------------


def _payload(payload: p.Payload) -> str:
    if isinstance(payload, p.Literal) and len(shown := ascii(payload.value)[1:]) <= SHOWN:
        return shown
    return _bytes(p.size_of(payload))


def _bytes(size: int) -> str:
    if size and size % (1 << 20) == 0:
        return f"{size >> 20:,} MiB"
    if size > 1 << 16 and size % (1 << 10) == 0:
        return f"{size >> 10:,} KiB"
    return "1 byte" if size == 1 else f"{size:,} bytes"


def _send(step: p.Send) -> Told:
    words = "send {}"
    if step.cuts:
        sizes = list(dict.fromkeys(step.cuts))
        shown = ", ".join(map(str, sizes[:4])) + (", ..." if len(sizes) > 4 else "")
        words += f" in pieces of {shown} byte{'s' if sizes != [1] else ''}"
    if step.gap:
        words += f", {step.gap:g} s apart"
    if step.lockstep:
        words += ", each when the one before has come back"
    return Told(words + (" and go on meanwhile" if step.background else ""), _payload(step.payload))


def _start_reading(step: p.StartReading) -> Told:
    if step.chunk is None:
        return Told("read again")
    limit = f", until {step.limit:,} have come" if step.limit else ""
    return Told(f"read slowly: at most {step.chunk:,} bytes each {step.gap:g} s{limit}")


def _connect(step: p.Connect) -> Told:
    sizes = [("a receive buffer", step.receive_buffer), ("segments", step.segment)]
    shown = " and ".join(f"{what} of {_bytes(size)}" for what, size in sizes if size)
    return Told(f"connect, with {shown}" if shown else "connect")


def _interrupt(step: p.InterruptTarget) -> Told:
    times = f" {step.times:,} times" if step.times > 1 else ""
    return Told(f"interrupt the server{times} (SIGSTOP and SIGCONT)")


_WORDS: dict[type, str | Callable[[Any], Told]] = {
    p.Connect: _connect,
    p.Send: _send,
    p.SendUrgent: "send an urgent byte",
    p.AwaitEcho: lambda step: Told(
        "wait a moment for the echo" if step.briefly else "wait until everything has come back"
    ),
    p.HalfClose: "end the sending side (half-close)",
    p.AwaitEnd: "wait for the end of the stream",
    p.Close: "close the connection",
    p.Reset: "vanish (reset the connection)",
    p.StopReading: "stop reading",
    p.StartReading: _start_reading,
    p.ReadSome: lambda step: Told("read {}, then stop again", _bytes(step.size)),
    p.ReadUntilTaken: "read until the server has taken all that was sent",
    p.AwaitStall: "wait until the server can send no more",
    p.Wait: lambda step: Told(f"wait {step.seconds:g} s"),
    p.Meet: "wait until the others are as far",
    p.PauseTarget: "pause the server (SIGSTOP)",
    p.ResumeTarget: "let the server go on (SIGCONT)",
    p.InterruptTarget: _interrupt,
    p.Measure: "measure what the server holds",
    p.Watch: lambda step: Told(f"watch the server's CPU for {step.seconds:g} s"),
    p.AwaitQuiet: "wait until the server rests",
    p.AwaitRelease: "wait until the server has closed its socket",
    p.LimitDescriptors: lambda step: Told(
        "allow the server no more descriptors than it has"
        + (f", and {step.spare}" if step.spare else "")
    ),
    p.RestoreDescriptors: "give the server its descriptors back",
    p.Terminate: "ask the server to end (SIGTERM)",
    p.AwaitExit: "wait until the server has ended",
    p.Relaunch: "launch the server again, on the same port",
    d.Ask: lambda step: Told("send a datagram of {}", _payload(step.payload)),
    d.AwaitAnswers: lambda step: Told(
        "wait a moment for the answers"
        if step.briefly
        else "wait until each has its answer, and ask again what stays without one"
        + (", and for the answers to that" if step.each else "")
    ),
    d.Leave: "leave at once (close the socket)",
}


def _steps(turns: Sequence[Sequence[Told]]) -> list[str]:
    """The steps of clients that do the same with other sizes."""
    first = turns[0]
    lines = []
    for run in runs([told.words for told in first]):
        parts = []
        for i in range(run.start, run.start + run.length):
            values = [turn[i + k * run.length].value for turn in turns for k in range(run.times)]
            parts.append(first[i].words.replace("{}", _values(values)))
        text = "; ".join(parts)
        if run.times > 1:
            text = (
                f"{text}, {run.times:,} times"
                if run.length == 1
                else f"{run.times:,} times: {text}"
            )
        lines.append(f"  {text}")
    return lines


def _values(values: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(values))
    if len(distinct) > MOST_VALUES:
        return ", ".join(distinct[: MOST_VALUES - 1]) + f", ... {distinct[-1]}"
    return " or ".join([", ".join(distinct[:-1]), distinct[-1]] if len(distinct) > 1 else distinct)


# --- clients ------------------------------------------------------------------------------------


def _key(plan: Plan, told: Sequence[tuple[Told, ...]], i: int) -> Hashable:
    """Clients with the same key are told of together."""
    return (tuple(t.words for t in told[i]), _in_turn(plan.scripts[i], i), plan.scripts[i].connects)


def _in_turn(script: Script, i: int) -> bool:
    """Whether it comes when the one before has gone; so does the first, which has none before."""
    return i == 0 or i - 1 in script.after


def _scripts(
    plan: Plan,
    told: Sequence[tuple[Told, ...]],
    keys: Sequence[Hashable],
    start: int,
    end: int,
) -> list[str]:
    lines: list[str] = []
    for run in runs(keys[start:end]):
        first = start + run.start
        if run.length == 1:
            lines.append(_heading(plan, first, run.times))
            lines += _steps(told[first : first + run.times])
        else:
            lines.append(f"{run.times:,} times:")
            inner = _scripts(plan, told, keys, first, first + run.length)
            lines += [f"  {line}" for line in inner]
    return lines


def _heading(plan: Plan, first: int, count: int) -> str:
    script = plan.scripts[first]
    if not script.connects:
        return "the harness" if first == 0 else "then the harness"
    if len(plan.scripts) == 1:
        return "a client"
    later = plan.scripts[first + 1] if count > 1 else None
    then = "then " if script.after else ""
    beside = "" if script.after or first == 0 else ", at the same time"
    if later is None:
        return f"{then}a client{beside}" if then or beside else "a client"
    order = "one after another" if _in_turn(later, first + 1) else "at the same time"
    return f"{then}{count:,} clients, {order}"
