"""chunking: how the stream is cut, by client, TCP or the server's reads, means nothing."""

from __future__ import annotations

import random

from harness.contract.check import ENDS, LESSON, MUST, ONE_SHOT, Check, Context
from harness.contract.identity import UNCHANGED
from harness.contract.pieces import exact, without_process_steps
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Plan, Step
from harness.values.verdict import Kind

KIB = 1024
BOUNDARIES = (
    *(1, 2, 3),
    *(k * KIB + d for k in (1, 2, 3, 5) for d in (-1, 0, 1)),
    *(k * KIB + d for k in (4, 8, 16, 64) for d in (-1, 0, 1)),
)
"""Around multiples of the lesson's read size and the sizes that other servers read."""
FEW_BOUNDARIES = (1, 3, KIB - 1, KIB, KIB + 1, 2 * KIB, *(k * KIB + 1 for k in (4, 8, 16, 64)))
"""The same at quick effort: for each message the target is stopped."""


def _read_boundary(context: Context) -> Plan:
    steps: list[Step] = [p.Connect()]
    sizes = context.effort.of(FEW_BOUNDARIES, BOUNDARIES, BOUNDARIES)
    for number, size in enumerate(sorted(sizes)):
        steps += [*exact(context.data(number, size)), p.AwaitEcho()]
    return _plan(context, (*steps, p.HalfClose(), p.AwaitEcho(), p.Close()))


def _exact_read_then_end(context: Context) -> Plan:
    def session(number: int, size: int) -> tuple[Step, ...]:
        return (
            p.Connect(),
            *exact(context.data(number, size)),
            p.AwaitEcho(briefly=True),
            p.HalfClose(),
            p.AwaitEnd(),
        )

    def together(number: int, size: int) -> tuple[Step, ...]:
        """The end of the stream is there when the target makes its last full read."""
        return (
            p.Connect(),
            p.PauseTarget(),
            p.Send(context.data(number, size)),
            p.HalfClose(background=True),
            p.ResumeTarget(),
            p.AwaitEnd(),
        )

    sizes: tuple[int, ...] = (KIB, KIB - 1, KIB + 1, 2 * KIB, 3 * KIB, 4 * KIB, 8 * KIB, 64 * KIB)
    full: tuple[int, ...] = (KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB, 64 * KIB)
    if context.profile is ONE_SHOT or context.effort is Effort.QUICK:  # a session costs a launch
        sizes, full = sizes[:3], full[:3]
    return _turns(
        context,
        *(session(n, size) for n, size in enumerate(sizes)),
        *(together(20 + n, size) for n, size in enumerate(full)),
    )


def _one_write_many_reads(context: Context) -> Plan:
    sizes = (10 * KIB + 1, 100_003, 60 * KIB)
    steps: list[Step] = [p.Connect()]
    for number, size in enumerate(sizes):
        steps += [*exact(context.data(number, size)), p.AwaitEcho(briefly=True)]
    return _plan(context, (*steps, p.HalfClose(), p.AwaitEcho(), p.Close()))


def _many_writes_one_read(context: Context) -> Plan:
    def burst(number: int, size: int, cuts: tuple[int, ...]) -> tuple[Step, ...]:
        return (
            p.PauseTarget(),
            p.Send(context.data(number, size), cuts=cuts),
            p.ResumeTarget(),
            p.AwaitEcho(briefly=True),
        )

    return _plan(
        context,
        (
            p.Connect(),
            # One message alone, then several of its size, then lines: all in one read each.
            p.Send(context.data(9, 30)),
            p.AwaitEcho(briefly=True),
            *burst(10, 90, (30,)),
            p.PauseTarget(),
            p.Send(p.Literal(b"ONE\nTWO\nTHREE"), cuts=(4, 4, 5)),
            p.ResumeTarget(),
            p.AwaitEcho(briefly=True),
            *burst(1, 700, (1, 2, 3, 5, 8, 13, 21)),
            *burst(2, KIB, (100, 24)),
            *burst(3, 40, (1,)),
            *burst(4, 2 * KIB + 7, (512,)),
            # The same message many times: a server must not think that one is a repetition.
            p.PauseTarget(),
            p.Send(p.Repeat(b"SAME", 4 * 30), cuts=(4,)),
            p.ResumeTarget(),
            p.AwaitEcho(briefly=True),
            p.Send(p.Repeat(b"SAME", 4 * 10), cuts=(4,), lockstep=0.15),
            p.AwaitEcho(briefly=True),
            p.HalfClose(),
            p.AwaitEcho(),
            p.Close(),
        ),
    )


SINGLE_BYTES = ((150, 500), (500, 3000), (500, 3000))
"""Bytes at each effort that come one by one: in step with the echo, and as fast as it goes."""


def _byte_by_byte(context: Context) -> Plan:
    in_step, at_once = context.effort.of(*SINGLE_BYTES)
    return p.one(
        p.Connect(),
        # Equal reads in a row first: a slow machine is in step with few of those that follow.
        p.Send(p.Repeat(b"A", 5), cuts=(1,), lockstep=0.15),
        p.Send(context.data(3, 130), cuts=(1,), lockstep=1.0),
        p.Send(context.data(1, in_step), cuts=(1,), lockstep=0.15),
        p.Send(context.data(2, at_once), cuts=(1,)),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )


def _prompt(context: Context) -> Plan:
    sizes = (1, 2, 5, 64, 100, 1, 511, 1000, 1024, 1025, 1500, 4097)
    steps: list[Step] = [p.Connect()]
    for number, size in enumerate(sizes):
        steps += [p.Send(context.data(number, size)), p.AwaitEcho()]
    return p.one(*steps, p.Close())


def _uneven(context: Context) -> Plan:
    rng = random.Random(context.seed)
    cuts = tuple(rng.choice((1, 2, 17, 100, 1000, 1024, 1460, 4000)) for _ in range(29))
    return p.one(
        p.Connect(),
        p.Send(context.data(1, 40_000), cuts=cuts, gap=0.001),
        context.moment(0.05),
        p.Send(context.data(2, 60_000), cuts=cuts[::-1]),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )


def _cumulative(context: Context) -> Plan:
    much, step = context.effort.of((95_000, 13), (1_230_000, 1), (1_230_000, 1))
    return p.one(
        p.Connect(),
        p.Send(context.data(1, much), cuts=tuple(range(1, 1568, step)), lockstep=0.2),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )


def _plan(context: Context, steps: tuple[Step, ...]) -> Plan:
    return p.one(*(without_process_steps(steps) if context.remote else steps))


def _turns(context: Context, *sessions: tuple[Step, ...]) -> Plan:
    if context.remote:
        sessions = tuple(without_process_steps(steps) for steps in sessions)
    return p.in_turn(*sessions)


COUNT = "the size of one read decides something; only an empty read, the end, may end the loop"

CHECKS = (
    Check(
        id="chunking/read-boundary",
        level=MUST,
        basis=LESSON,
        requirement="Messages of exactly one read, one byte less and one more come back, around "
        "multiples of 1,024 and the other usual buffer sizes.",
        plan=_read_boundary,
        allowed=UNCHANGED,
        hint=COUNT,
    ),
    Check(
        id="chunking/exact-read-then-end",
        level=MUST,
        basis=LESSON,
        requirement="A connection whose data fills the last read exactly ends like any other.",
        plan=_exact_read_then_end,
        allowed="All bytes, then the end. Not allowed: bytes missing, or waiting for more.",
        ignores=frozenset({Kind.RESET, Kind.EXIT_STATUS}),
        hint=COUNT,
    ),
    Check(
        id="chunking/one-write-many-reads",
        level=MUST,
        basis=LESSON,
        requirement="A message that needs many reads comes back whole.",
        plan=_one_write_many_reads,
        allowed=UNCHANGED,
        hint="the server reads once for a message; go on until recv returns nothing",
    ),
    Check(
        id="chunking/many-writes-one-read",
        level=MUST,
        basis=LESSON,
        requirement="Many small writes that arrive as one read come back whole.",
        plan=_many_writes_one_read,
        allowed=UNCHANGED,
        hint="one read is taken for one message; TCP keeps no message boundaries",
    ),
    Check(
        id="chunking/byte-by-byte",
        level=MUST,
        basis=LESSON,
        requirement="A stream that arrives byte by byte comes back whole.",
        plan=_byte_by_byte,
        allowed=UNCHANGED,
        hint="the server serves a limited number of reads, or treats short reads as the end",
    ),
    Check(
        id="chunking/prompt",
        level=MUST,
        basis=LESSON,
        requirement="Each message comes back before the next is sent: the server waits for no "
        "newline, no full buffer and no end.",
        plan=_prompt,
        allowed="Each message comes back within patience. Not allowed: it is kept back.",
        ignores=ENDS,
        hint="the reply is buffered, or the server waits for more input before it answers",
    ),
    Check(
        id="chunking/uneven",
        level=MUST,
        basis=LESSON,
        requirement="Seeded irregular cuts and pauses change nothing.",
        plan=_uneven,
        allowed=UNCHANGED,
        hint=COUNT,
    ),
    Check(
        id="chunking/cumulative",
        level=MUST,
        basis=LESSON,
        requirement="More than 1 MiB in messages of all sizes from 1 to 1,567 come back on one "
        "connection.",
        plan=_cumulative,
        allowed=UNCHANGED,
        hint="state builds up over the connection: a counter, a buffer that is never emptied, a "
        "ring that wraps wrongly",
    ),
)
