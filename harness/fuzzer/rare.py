"""Plans that are drawn now and then, since each costs as much as tens or hundreds of sessions.

They say what single sessions cannot: many clients of one kind in a row, an end that comes while the
target still has some KiB of its own to send, a reader that stalls twice, a silence of more than a
second, megabytes on one connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from harness.fuzzer import payloads
from harness.fuzzer.payloads import KIB, MIB
from harness.fuzzer.scenes import Terms, in_lanes
from harness.fuzzer.sessions import AWAIT_END, ENDED, INSIST, Steps, leave, session
from harness.fuzzer.source import Source, Table
from harness.values import plan as p
from harness.values.plan import Plan, Script
from harness.values.verdict import Profile

SEGMENT = 1460
"""Bytes: that of Ethernet.  The loopback device's own is 64 KiB, and a target's send buffer holds
twenty of them."""
WINDOW = 4 * KIB
HOLDS = 72 * KIB
"""Bytes that a target's send buffer and such a client hold, about."""


def narrow(source: Source, terms: Terms) -> Plan:
    """Readers that stop, on connections that hold little; each in its turn, and one after another
    where the target serves one at a time."""
    count = source.integer(3, 6) if terms.profile is not Profile.ONE_SHOT else 1
    scenes = [[Script(_narrow(source, terms))] for _ in range(count)]
    return in_lanes(scenes, terms.lanes)


def _narrow(source: Source, terms: Terms) -> Steps:
    size = source.integer(4 * KIB, HOLDS) + source.choose((0, HOLDS, 2 * HOLDS, MIB))
    first: Steps = (
        p.Connect(receive_buffer=WINDOW, segment=SEGMENT),
        p.StopReading(),
        p.Send(payloads.flood(source, size, size), background=True),
    )
    way = source.weighted(WAYS)
    if way == "end":
        return (*first, p.HalfClose(background=True), _while(source), p.StartReading(), AWAIT_END)
    middle: Steps = (_while(source), p.ReadSome(source.integer(1, min(size, 64 * KIB))))
    if way == "twice-and-end":
        middle = (*middle, p.HalfClose(background=True))
        return (*first, *middle, _while(source), p.StartReading(), AWAIT_END)
    return (*first, *middle, _while(source), p.StartReading(), *ENDED)


WAYS = Table({"end": 60, "twice": 20, "twice-and-end": 20})


def _while(source: Source) -> p.Step:
    """Long enough for the target to fill what there is, on a machine that is not too busy."""
    return p.Wait(source.choose((0.02, 0.05, 0.1)))


def row(source: Source, terms: Terms) -> Plan:
    """Many clients of one kind that leave in the same way, or of a few kinds, then two others."""
    kinds = [_leaver(source, terms) for _ in range(source.integer(1, 3))]
    scenes = [[Script(kinds[i % len(kinds)])] for i in range(source.integer(60, 200))]
    scenes += [[Script(session(source, terms.profile, may_pause=False))] for _ in range(2)]
    return in_lanes(scenes, min(2, terms.lanes))


def _leaver(source: Source, terms: Terms) -> Steps:
    way = source.weighted(LEAVERS)
    if way == "served":
        hello = (p.Connect(), p.Send(payloads.payload(source, KIB)), INSIST)
        return (*hello, p.Reset()) if source.chance(50) else (*hello, p.Close())
    if way == "ended":
        return (p.Connect(), p.Send(payloads.payload(source, KIB)), p.HalfClose(), p.Close())
    return leave(source)


LEAVERS = Table({"leaves": 50, "served": 30, "ended": 20})


def silence(source: Source, terms: Terms) -> Plan:
    """A client that is silent for more than a second; beside others, where that is promised."""
    quiet: Steps = (
        *(p.Connect(), p.Send(payloads.payload(source, KIB)), INSIST),
        p.Wait(source.choose((1.1, 1.6, 2.2))),
        *(p.Send(payloads.payload(source, KIB)), INSIST, *ENDED),
    )
    scenes = [[Script(quiet)]]
    if terms.several:
        scenes += [[Script(session(source, terms.profile, may_pause=False))] for _ in range(3)]
    return in_lanes(scenes, terms.lanes)


def megabytes(source: Source, terms: Terms) -> Plan:
    """Megabytes on one connection whose client reads, and then it goes on."""
    steps: Steps = (
        *(p.Connect(), p.Send(payloads.flood(source, 5 * MIB, 18 * MIB)), INSIST),
        *(p.Send(payloads.payload(source, KIB)), *ENDED),
    )
    return in_lanes([[Script(steps)]], 1)


class Rare(NamedTuple):
    """A kind of plan, and when it comes."""

    draw: Callable[[Source, Terms], Plan]
    first: int
    """Sessions after which the first comes."""
    every: int
    """Sessions between two of them."""
    in_turn: bool = True
    """A target that is launched for each session can have it."""

    def so_far(self, sessions: int) -> int:
        """How many are among so many sessions."""
        return 0 if sessions < self.first else 1 + (sessions - self.first) // self.every


RARE: Sequence[Rare] = (
    Rare(narrow, 80, 250),
    Rare(row, 300, 700, in_turn=False),
    Rare(silence, 600, 1500),
    Rare(megabytes, 900, 2000),
)


def due(done: int, drawn: Sequence[int], terms: Terms) -> int | None:
    """Which of `RARE` is to be drawn after ``done`` sessions, when ``drawn`` of each have been."""
    one_shot = terms.profile is Profile.ONE_SHOT
    for number, rare in enumerate(RARE):
        if drawn[number] < rare.so_far(done) and (rare.in_turn or not one_shot):
            return number
    return None
