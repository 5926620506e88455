"""One conversation: a script, what has come of it, and what the connection has come to.

It knows no socket and no clock.  Whoever has the connection asks `harness.driver.steps.advance`
what to do next, does it, and tells here what happened; ``now`` is the time by any one clock.
"""

from __future__ import annotations

import math

from harness.driver.actions import Bytes, Close, Open
from harness.driver.incoming import READ_LEAST, USUAL, Incoming, Reading
from harness.driver.outcome import Outcome
from harness.driver.outgoing import Outgoing, follows
from harness.driver.pulse import Pulse
from harness.driver.timeline import Timeline
from harness.values.plan import Connect, Script, Send, Step
from harness.values.trace import Ending, Stuck

NEVER = math.inf
UNKNOWN = object()
"""Nobody has answered yet what a `Look` asked for."""


class Conversation:
    """A script being performed."""

    # What a conversation begins with.  Here and not in __init__: thousands are made a second.
    pc = 0
    scratch: object = None
    """What the current step remembers from one look to the next."""
    answer: object = UNKNOWN
    wake = NEVER
    """When the script is to be looked at again, if nothing happens before that."""
    opening: Open | None = None
    held = False
    """There is a connection, or what is left of one, to be given back to the system."""
    connected = False
    open = False
    """The connection exists, or is under way, and its end has not been seen."""
    resigned = False
    """The bytes are wrong and no more of them are expected."""

    def __init__(self, script: Script, pulse: Pulse, timeline: Timeline | None = None) -> None:
        self.script = script
        self.steps = script.steps
        self.pulse = pulse
        self.timeline = timeline
        self.outgoing = Outgoing()
        self.incoming = Incoming()
        self.reading = Reading()
        self.outcome = Outcome()

    # --- what it has come to --------------------------------------------------------------------

    @property
    def all_echoed(self) -> bool:
        out = self.outgoing
        return not out.queue and self.incoming.received + out.written_off >= out.written

    def settle(self) -> None:
        """Wait no longer for what is owed, and count what came too much as no answer to come."""
        self.outgoing.written_off = self.outgoing.written - self.incoming.received

    @property
    def owed(self) -> bool:
        """The target has everything and is free to send, and has not sent all of it back."""
        outgoing, reading = self.outgoing, self.reading
        return (
            self.open
            and self.connected
            and self.incoming.clean
            and reading.on
            and reading.pace is None
            and not (outgoing.half_closed or outgoing.queue)
            and self.incoming.received < outgoing.written
        )

    @property
    def awaits_more(self) -> bool:
        """More has been sent than came back, and it is read as fast as it comes."""
        return self.incoming.received < self.outgoing.written and self.reading.pace is None

    @property
    def endless(self) -> bool:
        """Whether there is nothing to wait for, though bytes come all the time."""
        return self.incoming.endless(self.outgoing.written)

    @property
    def step(self) -> Step | None:
        """The step that is under way."""
        return self.steps[self.pc] if self.pc < len(self.steps) else None

    def holds_back(self, now: float) -> bool:
        """Whether it waits on purpose for a time that has not come: for that, see also ``Wait``."""
        queue = self.outgoing.queue
        return self.reading.not_before > now or bool(queue and queue[0].holds_back_until > now)

    def resends_in(self) -> float:
        """Seconds that the peer's system may need to go on."""
        return self.reading.resends_in(self.incoming.received)

    def wants_to_read(self, now: float) -> bool:
        reading = self.reading
        wants = reading.usual or reading.on or self.incoming.received < reading.target
        return wants and reading.not_before <= now

    def portion(self) -> tuple[int, int]:
        """Bytes to read at a time, and how many times in a row."""
        received = self.incoming.received
        owed = self.outgoing.written - received
        if owed < READ_LEAST and self.reading.usual:
            return USUAL
        return self.reading.portion(owed, received)

    def take_answer(self) -> object:
        """What a `Look` has found out: it is asked for once."""
        answer, self.answer = self.answer, UNKNOWN
        return answer

    def note(self, now: float, what: str, size: int = 0) -> None:
        """Add to the timeline, if one is kept."""
        if self.timeline is not None:
            self.timeline.note(now - self.pulse.began, what, size)

    def performed(self, now: float) -> None:
        """Somebody else has performed the step that was handed out."""
        self.pc += 1
        self.pulse.moved = now
        self.scratch = None

    # --- opening --------------------------------------------------------------------------------

    def prepare(self, step: Connect) -> Open:
        """What to open, with what the script does at once when that is done."""
        if self.opening is None:
            stream = self.outgoing.begin(self.script)
            first, end = follows(self.steps[self.pc + 1 : self.pc + 3], stream)
            self.opening = Open(step.receive_buffer, step.segment, first, end)
        return self.opening

    def under_way(self) -> None:
        """The connection is being established."""
        self.held = self.open = True
        self.outcome.ending = Ending.OPEN

    def established(self, now: float) -> None:
        self.connected = True
        if self.timeline is not None:
            self.note(now, "connected")
        self.pulse.moved = now

    def refused(self, error: str, now: float) -> None:
        """The connection could not be opened; ``error``: the name of an errno."""
        self.held = True
        self.open = False
        self.outcome.error = error
        self.outcome.ending = Ending.NEVER
        self.note(now, f"connection failed: {error}")

    def began(self, written: int, ended: bool, now: float) -> None:
        """The connection was established at once, and of what `Open` says so many bytes were
        ``written``, and our side was ``ended``.  This is how most sessions begin."""
        outgoing = self.outgoing
        self.held = self.open = self.connected = True
        self.outcome.ending = Ending.OPEN
        self.pulse.moved = now
        self.pc += 1
        outgoing.written = self.outcome.absorbed = written
        outgoing.half_closed = ended
        if self.timeline is not None:
            self._note_beginning(written, ended, now)
        first = self.opening.first if self.opening is not None else b""
        if first:
            outgoing.queued = len(first)
            if written < len(first):
                step = self.steps[self.pc]
                assert type(step) is Send
                outgoing.add(step, memoryview(first)[written:], now)
                outgoing.blocked = True
                self.scratch = True
                return
            self.pc += 1
        if ended:
            self.pc += 1

    def _note_beginning(self, written: int, ended: bool, now: float) -> None:
        self.note(now, "connected")
        if written:
            self.note(now, "sent", written)
        if ended:
            self.note(now, "half-closed")

    # --- bytes ----------------------------------------------------------------------------------

    def sent(self, count: int, now: float) -> None:
        """The system took ``count`` bytes of what was to be written; 0: none at the moment."""
        self.outgoing.took(count, now)
        if count:
            self._has_sent(count, now)

    def _has_sent(self, count: int, now: float) -> None:
        absorbed = self.outgoing.written - self.incoming.received
        if absorbed > self.outcome.absorbed:
            self.outcome.absorbed = absorbed
        if self.timeline is not None:
            self.note(now, "sent", count)
        self.pulse.moved = now

    def sent_urgent(self, sent: bool | None, now: float) -> None:
        """The urgent byte is ``sent``; None: not yet, False: nobody takes it any more."""
        if sent:
            self.note(now, "sent urgent byte", 1)
        self.scratch = None if sent is None else True

    def half_closed(self, now: float) -> None:
        """Our side was ended."""
        self.outgoing.half_closed = True
        if self.timeline is not None:
            self.note(now, "half-closed")

    def write_failed(self, error: str, now: float) -> None:
        """The target no longer takes data.  What it still has to say is read to the end."""
        self.outgoing.clear()
        self.outcome.error = error
        self.note(now, f"write failed: {error}")
        self.reading.to_the_end()

    def received(self, data: Bytes, size: int, now: float) -> bool:
        """``data`` came, of at most ``size`` bytes; returns whether to read on at once."""
        incoming, outgoing, reading = self.incoming, self.outgoing, self.reading
        self.pulse.moved = now
        if incoming.first_byte is None:
            incoming.first_byte = now - self.pulse.began
        if self.timeline is not None:
            self.note(now, "received", len(data))
        incoming.take(data, outgoing.stream, outgoing.written)
        received = incoming.received
        if reading.pace is not None:
            reading.keep_pace(now, received)
        if not (reading.on or received < reading.target):
            return False
        # The target's FIN is mostly there with the last bytes.
        return len(data) == size or (outgoing.half_closed and received >= outgoing.written)

    # --- its end --------------------------------------------------------------------------------

    def target_ended(self, ending: Ending, now: float, error: str | None = None) -> None:
        """The target ended the connection: FIN, or RST with the name of an errno."""
        self.outcome.ending = ending
        self.open = False
        if error is not None:
            self.outcome.error = error
        self.outcome.ended = now - self.pulse.began
        self.outcome.half_closed = self.outgoing.half_closed
        if self.outgoing.queue:
            self.outgoing.clear()
        if self.timeline is not None:
            self.note(now, "target closed (FIN)" if ending is Ending.FIN else "target reset (RST)")
        self.pulse.moved = now

    def leave(self, now: float, what: str = "reset") -> Close | None:
        """Close our side: ``closed`` (FIN) or ``reset`` (RST)."""
        if self.open:
            self.outcome.ending = Ending.CLIENT
            self.open = False
            self.note(now, what)
        return self._close(abort=what == "reset")

    def give_up(self, waited: float, now: float) -> Close | None:
        """Patience has ended after ``waited`` seconds without progress."""
        kind = type(self.steps[self.pc]).__struct_config__.tag
        self.outcome.stuck = Stuck(step=self.pc, kind=str(kind), waited=round(waited, 3))
        self.note(now, f"gave up waiting after {waited:.1f} s")
        return self._close(abort=True)

    def ask(self, waited: float, now: float) -> None:
        """Our side is about to be ended after ``waited`` seconds of silence: what is owed must come
        before the target's end."""
        self.outcome.asked = round(waited, 3)
        then = "our side is ended, to see if the rest comes"
        self.note(now, f"nothing came for {waited:.1f} s: {then}")

    def drop(self) -> Close | None:
        """The script is over; a connection that is still open ends with it, and counts as open."""
        close = self._close(abort=self.outcome.ended is None)
        self.outgoing.stream = b""
        self.opening = None
        return close

    def _close(self, *, abort: bool) -> Close | None:
        if self.outgoing.queue:
            self.outgoing.clear()
        if not self.held:
            return None
        self.held = False
        # A connection that the target ended first would keep its port in TIME_WAIT on the
        # target's side; RST clears it.
        ended_first = self.outcome.ended is not None and not self.outcome.half_closed
        return Close(abort or ended_first, self.connected and self.outcome.ended is None)
