"""Plans for the numbers of a target that may be counts, or more bytes than a payload usually has.

Many clients at once, many in a row that leave in the same way, many messages on one connection: on
the way to the largest number all smaller ones are passed, so one plan of a kind is enough.  More
than eight clients at once need not be served (``crowds``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Generic, TypeVar

from msgspec import Struct

from harness.fuzzer.payloads import KIB, MIB
from harness.fuzzer.sessions import ENDED, INSIST, Steps
from harness.values import plan as p
from harness.values.dictionary import Dictionary
from harness.values.plan import Plan
from harness.values.verdict import Profile

SHARE = 0.25
"""Of the sessions of a search, at most, are those of such plans."""
LEAST = 9
"""A smaller count is reached by the search all the time."""
MOST_CLIENTS = 200
"""At once or in a row."""
MOST_MESSAGES = 3000
VOLUMES = (64 * KIB + 2, 4 * MIB)
MESSAGES_OF_A_SESSION = 20
"""So many messages, each answered before the next, take as long as a usual session."""
BYTES_OF_A_SESSION = 64 * KIB
STAYS = 0.3
"""Seconds for which a client of a crowd stays: until the last has come, and has been served."""
LOCKSTEP = 1.5
"""Seconds after which the rest of the messages is sent without waiting for answers."""


P = TypeVar("P")


class Counted(Struct, Generic[P], frozen=True):
    """A plan, and how many usual sessions it costs."""

    plan: P
    cost: int


class Due(Generic[P]):
    """The plans for numbers that may be counts, each once, when a share of the search allows it."""

    def __init__(self, waiting: list[Counted[P]]) -> None:
        self._waiting = waiting
        self._spent = 0

    def after(self, done: int) -> P | None:
        """The next plan after ``done`` sessions, if it is time for one.

        Only a much smaller one goes before the first, which would be put off for ever otherwise.
        """
        for each in self._waiting:
            may = each is self._waiting[0] or 4 * each.cost <= self._waiting[0].cost
            if may and self._spent + each.cost <= SHARE * done:
                self._spent += each.cost
                self._waiting.remove(each)
                return each.plan
        return None


def counted(dictionary: Dictionary, profile: Profile, seed: int) -> list[Counted[Plan]]:
    """The plans for ``dictionary``, those for numbers that decide something first."""
    dice = random.Random(f"counts {seed}")
    made: dict[Plan, int] = {}
    for compared in (True, False):
        for each in _plans(numbers(dictionary, compared=compared), profile, dice):
            made.setdefault(each.plan, each.cost)
    return [Counted(plan, cost) for plan, cost in made.items()]


def numbers(dictionary: Dictionary, *, compared: bool) -> list[int]:
    """Those that may be counts.  ``compared``: only those that decide something."""
    return [
        c.value
        for c in dictionary.constants
        if c.compared >= compared and isinstance(c.value, int) and c.value >= LEAST
    ]


def _plans(found: list[int], profile: Profile, dice: random.Random) -> Iterator[Counted[Plan]]:
    if count := largest(found, MOST_MESSAGES):
        yield Counted(messages(count + 1), count // MESSAGES_OF_A_SESSION + 1)
    volumes = [n for n in found if VOLUMES[0] <= n <= VOLUMES[1]]
    for number in volumes[:4]:
        yield Counted(volume(number + 1), number // BYTES_OF_A_SESSION + 1)
    count = largest(found, MOST_CLIENTS)
    if count and profile is Profile.CONCURRENT:
        yield Counted(at_once(count + 1), count + 1)
    if count and profile is not Profile.ONE_SHOT:
        for way in sorted(WAYS, key=lambda _: dice.random()):
            yield Counted(in_turn(count + 1, WAYS[way]), count // 2 + 1)


def largest(found: list[int], most: int) -> int | None:
    """The largest that is not more than ``most``; None where there is none."""
    return max((n for n in found if n <= most), default=None)


def messages(count: int) -> Plan:
    """``count`` messages of two bytes on one connection, each echoed before the next is sent."""
    what = p.Plain(seed=1, size=2 * count)
    return p.one(p.Connect(), p.Send(what, cuts=(2,), lockstep=LOCKSTEP), *ENDED)


def volume(size: int) -> Plan:
    """``size`` bytes on one connection."""
    return p.one(p.Connect(), p.Send(p.Random(seed=1, size=size)), *ENDED)


def at_once(count: int) -> Plan:
    """``count`` clients, all of them there for a moment.

    None waits for another: a server with fewer places serves the others when the first have left.
    """
    stay, briefly = p.Wait(STAYS), p.AwaitEcho(briefly=True)
    return p.side_by_side(
        *(
            (p.Connect(), p.Send(p.Plain(seed=i, size=8)), briefly, stay, *ENDED)
            for i in range(count)
        )
    )


def in_turn(count: int, way: Steps) -> Plan:
    """``count`` clients one after another, all of which do the same, then one that is served."""
    served: Steps = (p.Connect(), p.Send(p.Plain(seed=2, size=8)), INSIST, *ENDED)
    return p.in_turn(*[way] * count, served)


WAYS: dict[str, Steps] = {
    "message": (p.Connect(), p.Send(p.Plain(seed=1, size=8)), *ENDED),
    "nothing": (p.Connect(), *ENDED),
    "reset": (p.Connect(), p.Send(p.Plain(seed=1, size=8)), INSIST, p.Reset()),
    "close": (p.Connect(), p.Close()),
}
