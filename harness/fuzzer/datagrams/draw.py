"""How plans of datagrams are drawn: scene after scene, on a few tracks side by side.

Never is more on its way than the target's buffer holds: what it would drop has to be asked again,
which takes time and tells nothing.  Nothing is drawn that only a ``should`` asks for: no empty
datagram, none of more than 9000 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from harness.fuzzer.counts import Due
from harness.fuzzer.datagrams.counts import counted
from harness.fuzzer.deck import Deck
from harness.fuzzer.payloads import payload
from harness.fuzzer.source import Dice, Source, Table
from harness.values import plan as p
from harness.values.datagrams import (
    Ask,
    AwaitAnswers,
    DatagramPlan,
    DatagramScript,
    Leave,
    Step,
)
from harness.values.dictionary import EMPTY, Dictionary
from harness.values.verdict import Profile

LARGEST = 9000
"""Bytes: what ``datagram/read-boundary`` requires."""
TRACKS = 4
"""Scenes at a time, so that the silences of one cost no time.  On each track a scene begins when
the one before is over."""
ROOM = 40 * 1024
"""Bytes on their way at a time, for each track.  A receive buffer has 208 KiB (rmem_default), and a
datagram takes up to twice its size there, and some more."""
OVERHEAD = 1024
CLIENTS = {Profile.ONE_SHOT: 5, Profile.SEQUENTIAL: 48, Profile.CONCURRENT: 48}
"""Clients of a plan.  Setting up a plan costs about as much as one; a one-shot target is launched
for each."""
SCENES = Table({"exchange": 34, "window": 22, "crowd": 26, "gone": 8, "pause": 7, "held": 3})


class Terms(Struct, frozen=True):
    """What may be drawn for a target."""

    profile: Profile
    remote: bool = False
    """Its process cannot be touched."""
    dictionary: Dictionary = EMPTY
    """The constants of the target."""


class _Room:
    """What is left of the room for datagrams on their way."""

    def __init__(self) -> None:
        self.left = ROOM

    def take(self, source: Source) -> Ask | None:
        """A datagram that fits; None: there is no more room."""
        most = min(LARGEST, (self.left - OVERHEAD) // 2)
        if most < 1:
            return None
        drawn = payload(source, most)
        if (size := p.size_of(drawn)) == 0:
            drawn, size = p.Literal(b"0"), 1
        self.left -= 2 * size + OVERHEAD
        return Ask(drawn)


Scripts = list[tuple[Step, ...]]
"""The clients of a scene, side by side."""


def _asks(source: Source, room: _Room, low: int, high: int) -> list[Step]:
    drawn = [room.take(source) for _ in range(source.integer(low, high))]
    return [ask for ask in drawn if ask is not None]


def exchange(source: Source) -> Scripts:
    """One client, and each datagram when the one before was answered."""
    steps: list[Step] = []
    for _ in range(source.integer(1, 4)):
        steps += [*_asks(source, _Room(), 1, 1), AwaitAnswers()]
    return [tuple(steps)]


def window(source: Source) -> Scripts:
    """One client, and several datagrams at once."""
    return [(*_asks(source, _Room(), 2, 8), AwaitAnswers())]


def crowd(source: Source) -> Scripts:
    """Several clients at once."""
    room = _Room()
    return [(*_asks(source, room, 1, 3), AwaitAnswers()) for _ in range(source.integer(2, 6))]


def gone(source: Source) -> Scripts:
    """One that leaves without its answers, perhaps beside one that stays."""
    room = _Room()
    scripts: Scripts = [(*_asks(source, room, 1, 3), Leave())]
    if source.chance(50):
        scripts.append((*_asks(source, room, 1, 2), AwaitAnswers()))
    return scripts


def pause(source: Source) -> Scripts:
    """One client, with silences between its datagrams."""
    steps: list[Step] = []
    room = _Room()
    for _ in range(source.integer(2, 3)):
        steps += [*_asks(source, room, 1, 1), p.Wait(source.integer(1, 10) / 2000)]
    return [(*steps, AwaitAnswers())]


def held(source: Source) -> Scripts:
    """Datagrams of several clients wait together for a target that is paused."""
    room = _Room()
    before: tuple[Step, ...] = (p.PauseTarget(),)
    first = (*before, *_asks(source, room, 1, 4), p.ResumeTarget(), AwaitAnswers())
    return [first]


DRAW: dict[str, Callable[[Source], Scripts]] = {
    "exchange": exchange,
    "window": window,
    "crowd": crowd,
    "gone": gone,
    "pause": pause,
    "held": held,
}


def plan(source: Source, terms: Terms, clients: int) -> DatagramPlan:
    """A plan of about so many clients."""
    scripts: list[DatagramScript] = []
    before: list[tuple[int, ...]] = [()] * (1 if terms.profile is Profile.ONE_SHOT else TRACKS)
    number = 0
    while len(scripts) < clients:
        track, number = number % len(before), number + 1
        first = len(scripts)
        scripts += [DatagramScript(steps, before[track]) for steps in _scene(source, terms)]
        before[track] = tuple(range(first, len(scripts)))
    return DatagramPlan(tuple(scripts))


def _scene(source: Source, terms: Terms) -> Scripts:
    if terms.profile is Profile.ONE_SHOT:
        return [(*_asks(source, _Room(), 1, 1), AwaitAnswers())]
    kind = source.weighted(SCENES)
    if kind == "held" and terms.remote:
        kind = "window"
    return DRAW[kind](source)


def plans(seed: int, terms: Terms, sessions: int | None = None) -> Iterator[DatagramPlan]:
    """The plans of a search, the same for the same seed and terms.

    ``sessions``: about how many clients there are in all.
    """
    done = number = 0
    deck = Deck(terms.dictionary, seed) if terms.dictionary else None
    others = Due(counted(terms.dictionary, terms.profile))
    while sessions is None or done < sessions:
        left = CLIENTS[terms.profile]
        if sessions is not None:
            left = min(left, sessions - done)
        drawn = others.after(done) or plan(Dice(f"{seed}.{number}", deck), terms, left)
        number += 1
        done += len(drawn.scripts)
        yield drawn
