"""One client of datagrams: a script and what has come of it.

As `Conversation` it knows no socket and no clock: whoever has the socket asks `Asking.advance` what
to do next, does it, and tells here what happened.

A datagram without an answer may have been lost, so it is asked again: in rounds, after silences
that double, until patience ends.  Only then it counts as not answered, and only if it was asked
often enough.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from harness.driver.conversation import NEVER
from harness.driver.pulse import Pulse
from harness.driver.questions import A_ROUND, LEAST_TIMES, Questions
from harness.driver.timeline import Timeline
from harness.values.datagrams import (
    Address,
    Ask,
    AwaitAnswers,
    Came,
    ClientTrace,
    DatagramScript,
    Leave,
    Step,
    asked_by,
)
from harness.values.plan import Wait

FIRST_AGAIN = 0.25
"""Seconds of silence after which datagrams are asked again for the first time: servers that answer
at all mostly do in a thousandth of it."""
SOON = 0.05
"""Seconds to wait for an answer of a target that was seen to answer wrongly."""
LATE = 1.0
"""Seconds without an answer after which no late one is expected any more."""
SHARE = 8
"""With little patience the first time comes after so small a part of it, so that there are three
rounds before it ends."""


class Do(enum.Enum):
    """What a client wants, besides sending and steps of others."""

    LEAVE = enum.auto()
    FINISH = enum.auto()


class Out(Struct, frozen=True, gc=False):
    """Send ``data``, the client's datagram ``index``."""

    index: int
    data: bytes


Action = Out | Do | Step


class Asking:
    """A script of datagrams being performed."""

    def __init__(
        self, script: DatagramScript, pulse: Pulse, timeline: Timeline | None = None
    ) -> None:
        self.steps = script.steps
        self.pulse = pulse
        self.timeline = timeline
        self.pc = 0
        self.wake = NEVER
        """When to look again, if nothing happens before."""
        self.target: Address | None = None
        self.came: list[Came] = []
        self.refused = 0
        self.error: str | None = None
        self.left = False
        self.finished: float | None = None
        self.stuck: tuple[str, float] | None = None
        self.questions = Questions(asked_by(script))
        self._strange = 0
        """Datagrams that are equal to none, from where answers come from."""
        self._known_odd = False
        """One of them was waited for already, to see if more belongs to it."""
        self._queue: list[int] = []
        """What is to be asked again now."""
        self._last: list[int] = []
        """What was asked again last."""
        self._round = 0
        self._moved = pulse.began
        """When something of this client was sent or came."""
        self._until: float | None = None
        """Of a ``Wait``."""

    # --- what it wants --------------------------------------------------------------------------

    @property
    def step(self) -> Step | None:
        """The step that is under way."""
        return self.steps[self.pc] if self.pc < len(self.steps) else None

    def advance(self, now: float) -> Action | None:
        """What is to be done next; None: nothing until something comes, or ``wake``."""
        self.wake = NEVER
        while True:
            step = self.step
            if step is None:
                return Do.FINISH
            if isinstance(step, Ask):
                return self._out(self.questions.sent)
            if isinstance(step, Leave):
                return Do.LEAVE
            if isinstance(step, AwaitAnswers):
                if (again := self._next_again(step, now)) is not None:
                    return again
                if self.wake < NEVER:
                    return None
            elif isinstance(step, Wait):
                if self._until is None:
                    self._until = now + step.seconds
                if now < self._until:
                    self.wake = self._until
                    return None
                self._until = None
                self.pulse.moved = now
            else:
                return step
            self.pc += 1

    def _next_again(self, step: AwaitAnswers, now: float) -> Out | None:
        """A datagram to ask again.  With None ``wake`` says if there is something to wait for."""
        missing = self.questions.missing()
        silent = now - self._moved
        if not missing:
            self._forget_rounds()
            if step.each and self.questions.outstanding and now < (due := self._moved + LATE):
                self.wake = due
            return None
        if step.briefly or self._strange:  # what came in its place tells enough
            if now < (due := self._moved + self._briefly()):
                self.wake = due
                return None
            self.pulse.brief.was_in_vain()
            if self._strange:
                self._known_odd = True
                self._settle(missing)
            return None
        if self.refused >= LEAST_TIMES and self.questions.often_enough(
            self._last or missing[:A_ROUND]
        ):
            self._settle(missing, silent)
            return None
        self._queue = [i for i in self._queue if i in missing]
        if not self._queue:
            if now < (due := self._moved + self._again_after()):
                self.wake = due
                return None
            self._ask_again(missing)
            self._round += 1
        return self._out(self._queue.pop(0))

    def _briefly(self) -> float:
        """Seconds for what may follow: of a target that was seen to answer wrongly, less."""
        brief = self.pulse.brief.seconds
        known = self._strange and (self._known_odd or self.pulse.hurry)
        return min(SOON, brief) if known else brief

    def _out(self, index: int) -> Out:
        return Out(index, self.questions.data(index))

    def _ask_again(self, missing: list[int]) -> None:
        """Those that were asked last and are missing still, but only half as many of them: some
        servers answer one, and throw away what waits behind it."""
        left = [i for i in self._last if i in missing]
        self._queue = left[: -(-len(left) // 2)] or self.questions.batch(missing)
        self._last = list(self._queue)

    def _forget_rounds(self) -> None:
        self._round = 0
        self._queue, self._last = [], []

    def _settle(self, missing: list[int], waited: float | None = None) -> None:
        """Wait no longer for these.  ``waited``: in vain for so many seconds."""
        self.questions.settle(missing, waited)
        self._forget_rounds()

    def _again_after(self) -> float:
        return float(min(FIRST_AGAIN, self.pulse.patience / SHARE) * 2**self._round)

    # --- what happened --------------------------------------------------------------------------

    def note(self, now: float, what: str, size: int = 0) -> None:
        """Add to the timeline, if one is kept."""
        if self.timeline is not None:
            self.timeline.note(now - self.pulse.began, what, size)

    def sent(self, index: int, now: float) -> None:
        """Datagram ``index`` was sent."""
        first = self.questions.was_sent(index)
        if first:
            self.pc += 1
            self.pulse.moved = now
        self._moved = now
        self.note(now, "asked" if first else "asked again", len(self.questions.data(index)))

    def unsent(self, error: str, now: float) -> None:
        """A datagram could not be sent, for an errno with this name: the script ends."""
        self.error = error
        self.note(now, f"could not be sent: {error}")
        self.pc = len(self.steps)

    def received(self, data: bytes, source: Address, now: float) -> None:
        """``data`` came from ``source``."""
        of = self.questions.answered(data)
        at = now - self.pulse.began
        self.came.append(Came(at, source, len(data), of, b"" if of is not None else data))
        if of is None and source == self.target:
            self._strange += 1
        self._moved = self.pulse.moved = now
        if self._last:
            missing = self.questions.missing()
            if not set(self._last).intersection(missing):
                # It answers what is asked again: the rest was lost as well.
                self._round = 1
                self._ask_again(missing)
        where = "" if source == self.target else f" from {source[0]}:{source[1]}"
        self.note(now, f"received{where}", len(data))

    def was_refused(self, now: float) -> None:
        """The system says that nobody is at the address that was asked."""
        self.refused += 1
        self.note(now, "nobody there (ICMP: port unreachable)")

    def performed(self, now: float) -> None:
        """Somebody else has performed the step that was handed out."""
        self.pc += 1
        self.pulse.moved = now

    def leave(self, now: float) -> None:
        """The socket was closed by the script."""
        self.left = True
        self.pc += 1
        self.note(now, "left")

    def give_up(self, waited: float, now: float) -> None:
        """Patience has ended after ``waited`` seconds: the step that waits is over."""
        step = self.step
        self.note(now, f"gave up waiting after {waited:.1f} s")
        if isinstance(step, AwaitAnswers):
            self._settle(self.questions.missing(), waited)
            self.pc += 1
        elif step is not None:
            self.stuck = (str(type(step).__struct_config__.tag), round(waited, 3))
            self.pc = len(self.steps)

    def trace(self, address: Address | None = None) -> ClientTrace:
        """What the client saw; ``address``: its own."""
        return ClientTrace(
            asked=self.questions.trace(),
            came=tuple(self.came),
            target=self.target,
            address=address,
            refused=self.refused,
            error=self.error,
            stuck=self.stuck[0] if self.stuck else None,
            waited=self.stuck[1] if self.stuck else 0.0,
            done=self.pc,
            left=self.left,
            finished=self.finished,
            timeline=self.timeline.moments() if self.timeline else (),
        )
