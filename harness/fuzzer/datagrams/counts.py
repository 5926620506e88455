"""Plans for the numbers of a target that may be counts of datagrams, or of clients.

On the way to the largest number all smaller ones are passed, so one plan of a kind is enough.
"""

from __future__ import annotations

from harness.fuzzer.counts import Counted, largest, numbers
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, DatagramScript
from harness.values.dictionary import Dictionary
from harness.values.payload import Plain
from harness.values.verdict import Profile

MOST_DATAGRAMS = 3000
"""Of one client."""
MOST_CLIENTS = 1000
DATAGRAMS_OF_A_SESSION = 10
"""So many, each answered before the next, take as long as a usual client."""


def counted(dictionary: Dictionary, profile: Profile) -> list[Counted[DatagramPlan]]:
    """The plans for ``dictionary``, those for numbers that decide something first."""
    made: dict[DatagramPlan, int] = {}
    if profile is Profile.ONE_SHOT:  # it answers one, and each has an instance of its own
        return []
    for compared in (True, False):
        found = numbers(dictionary, compared=compared)
        if count := largest(found, MOST_DATAGRAMS):
            cost = count // DATAGRAMS_OF_A_SESSION + 1
            made.setdefault(datagrams(count + 1), cost)
        if count := largest(found, MOST_CLIENTS):
            made.setdefault(clients(count + 1), count + 1)
    return [Counted(plan, cost) for plan, cost in made.items()]


def datagrams(count: int) -> DatagramPlan:
    """``count`` datagrams of one client, each answered before the next."""
    steps = (step for i in range(count) for step in (Ask(Plain(seed=i, size=8)), AwaitAnswers()))
    return DatagramPlan((DatagramScript(tuple(steps)),))


def clients(count: int) -> DatagramPlan:
    """``count`` clients one after another, each with one datagram."""
    return DatagramPlan(
        tuple(
            DatagramScript((Ask(Plain(seed=i, size=8)), AwaitAnswers()), (i - 1,) if i else ())
            for i in range(count)
        )
    )
