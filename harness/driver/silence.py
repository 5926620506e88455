"""What silence of the target means: when it counts, when to ask for the rest, when to give up."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping

from harness.driver.conversation import Conversation
from harness.driver.manner import Manner
from harness.driver.pulse import Pulse
from harness.values.plan import AwaitEcho, AwaitEnd, Meet, StopReading, Wait

ONCE_STUCK = 1.0
"""Seconds of patience, at least, for the rest of a plan in which it has ended once."""
STUCK_AGAIN = 0.1
"""The same when it has ended more than once, and bytes were missing each time; for ends, when only
they were missing each time."""


class Due(enum.Enum):
    """What is to be done about a silence."""

    NOTHING = enum.auto()
    ASK = enum.auto()
    """Ask those who owe something for the rest (`who_is_owed`)."""
    GIVE_UP = enum.auto()
    """Nothing has moved for too long: whoever waits for the target gives up (`who_waits`)."""


class Silence:
    """The patience of one plan.  It counts from ``pulse.moved``, the time of the last progress.

    ``kinds``: the steps that occur in the plan.  The conversations that are asked about are those
    that have begun, or may, and have not ended.
    """

    def __init__(self, pulse: Pulse, manner: Manner, kinds: Collection[type]) -> None:
        self.pulse = pulse
        self.ask_after = manner.ask_after
        self.end_patience = manner.end_patience
        self._reading_stops = StopReading in kinds
        self._ended_owing = 0
        """How often patience has ended while bytes were missing."""
        self._ended_open = 0
        """The same while nothing but the end of connections was."""
        self._asked_in = 0.0
        """``pulse.moved`` of the silence in which the rest was asked for already."""

    def ends_at(self, talks: Collection[Conversation]) -> float:
        """When something is to be done about a silence that goes on."""
        until = self._patience_now(talks)
        if self.ask_after is not None and self._asked_in != self.pulse.moved:
            until = min(until, self.ask_after)
        if self._reading_stops:
            until = max(until, self._resends_in(talks))
        return self.pulse.moved + until

    def due(self, now: float, talks: Collection[Conversation]) -> Due:
        """What is to be done, if nobody waits on purpose."""
        silent = now - self.pulse.moved
        if silent < self._resends_in(talks):
            return Due.NOTHING
        if silent >= self._patience_now(talks):
            return Due.GIVE_UP
        if self.ask_after is None or self._asked_in == self.pulse.moved or silent < self.ask_after:
            return Due.NOTHING
        self._asked_in = self.pulse.moved
        return Due.ASK

    def _resends_in(self, talks: Iterable[Conversation]) -> float:
        """Seconds of a silence that may be the systems' between us and the target."""
        if not self._reading_stops:
            return 0.0
        return max((talk.resends_in() for talk in talks), default=0.0)

    def _patience_now(self, talks: Iterable[Conversation]) -> float:
        patience = self.pulse.patience
        if self.end_patience is None or self.end_patience >= patience:
            return patience
        only_ends = all(isinstance(talk.step, AwaitEnd) and talk.all_echoed for talk in talks)
        return self.end_patience if only_ends else patience

    def expect_less(self, *, owing: bool) -> None:
        """Patience has ended, and there is something to say of the target: there is less to wait
        for.  ``owing``: bytes were missing."""
        pulse = self.pulse
        pulse.patience = min(pulse.patience, max(ONCE_STUCK, pulse.patience / 4))
        if owing:
            if self._ended_owing:
                pulse.patience = min(pulse.patience, max(STUCK_AGAIN, pulse.patience / 2))
            self._ended_owing += 1
        else:
            if self._ended_open:
                now = pulse.patience if self.end_patience is None else self.end_patience
                self.end_patience = min(now, max(STUCK_AGAIN, now / 2))
            self._ended_open += 1


def is_on_purpose(talks: Iterable[Conversation], now: float) -> bool:
    """Whether somebody waits on purpose, so that silence means nothing."""
    return any(isinstance(talk.step, Wait) or talk.holds_back(now) for talk in talks)


def who_waits(talks: Mapping[int, Conversation]) -> list[int]:
    """Who waits for the target, by index; if nobody does, scripts wait for each other in a circle,
    which is a fault of the plan: then all of them."""
    return sorted(i for i, talk in talks.items() if not isinstance(talk.step, Meet)) or sorted(
        talks
    )


def who_is_owed(talks: Mapping[int, Conversation]) -> list[int]:
    """Those to whom the target owes bytes, and who insist on them, by index.

    A target that owes bytes must send them before it closes: let it know of the end.
    """
    return sorted(i for i, talk in talks.items() if talk.owed and _insists(talk))


def _insists(talk: Conversation) -> bool:
    step = talk.step
    return isinstance(step, AwaitEcho) and not step.briefly
