"""A conversation driven by hand: no socket, and a clock that stands still until it is set."""

from __future__ import annotations

from harness.driver.actions import Action, Close, HalfClose, Open, Urgent, Write
from harness.driver.conversation import Conversation
from harness.driver.pulse import Pulse
from harness.driver.steps import advance
from harness.driver.telling import script_trace
from harness.driver.timeline import Timeline
from harness.values.plan import Script, Step
from harness.values.trace import Ending, ScriptTrace

ALL = 1 << 30


class Talking:
    """``steps`` as a conversation; ``takes``: bytes that the system takes at a time."""

    def __init__(
        self,
        *steps: Step,
        patience: float = 3.0,
        hurry: bool = False,
        persist: bool = False,
        takes: int = ALL,
    ) -> None:
        self.now = 0.0
        self.takes = takes
        self.pulse = Pulse(0.0, patience, hurry=hurry, persist=persist)
        self.talk = Conversation(Script(steps), self.pulse, Timeline())
        self.written: list[bytes] = []

    def next(self, after: float = 0.0) -> Action | None:
        """What is to be done ``after`` so many seconds."""
        self.now += after
        return advance(self.talk, self.now)

    def go(self, after: float = 0.0) -> Action | None:
        """Carry out what is wanted as long as it is about this connection; then what is left."""
        self.now += after
        while (action := advance(self.talk, self.now)) is not None:
            if isinstance(action, Open):
                self.open(action)
            elif isinstance(action, Write):
                self.talk.sent(self._take(bytes(action.data)), self.now)
            elif isinstance(action, HalfClose):
                self.talk.half_closed(self.now)
            elif isinstance(action, Urgent):
                self.talk.sent_urgent(True, self.now)
            elif not isinstance(action, Close):
                return action
        return None

    def open(self, action: Open) -> None:
        """Established at once, and as much written as the system takes."""
        written = self._take(bytes(action.first))
        ended = action.end and written == len(action.first)
        self.talk.began(written, ended, self.now)

    def _take(self, data: bytes) -> int:
        taken = data[: self.takes]
        if taken:
            self.written.append(taken)
        return len(taken)

    def goes_on(self, takes: int = ALL) -> Action | None:
        """The system takes bytes again."""
        self.takes = takes
        self.talk.outgoing.blocked = False
        return self.go()

    def hears(self, data: bytes, *, pieces: int = ALL) -> None:
        """``data`` comes, at most ``pieces`` bytes at a time."""
        for start in range(0, len(data), pieces):
            piece = data[start : start + pieces]
            self.talk.received(piece, max(len(piece), 1), self.now)

    def ends(self, ending: Ending = Ending.FIN, error: str | None = None) -> None:
        self.talk.target_ended(ending, self.now, error)

    @property
    def wakes_after(self) -> float:
        """Seconds from now until it wants to be looked at again."""
        return round(self.talk.wake - self.now, 6)

    @property
    def seen(self) -> ScriptTrace:
        return script_trace(self.talk)

    @property
    def told(self) -> list[str]:
        return [moment.what for moment in self.seen.timeline]
