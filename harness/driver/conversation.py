"""One conversation: a script, what has come of it, and what the connection has come to.

It knows no socket and no clock.  Whoever has the connection asks `harness.driver.steps.advance`
what to do next, does it, and tells here what happened; ``now`` is the time by any one clock.
"""

from __future__ import annotations

import math

from harness.driver.actions import Bytes, Close, Open
from harness.driver.incoming import Incoming, Reading
from harness.driver.outgoing import Outgoing
from harness.driver.pulse import Pulse
from harness.driver.timeline import Timeline
from harness.values.plan import HalfClose, Script, Send, Step, sent_by, size_of
from harness.values.trace import Ending, ScriptTrace, Stuck

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
    absorbed = 0
    resigned = False
    """The bytes are wrong and no more of them are expected."""
    stalled = False
    asked: float | None = None
    released: bool | None = None
    ending = Ending.NEVER
    error: str | None = None
    ended: float | None = None
    ended_half_closed = False
    stuck: Stuck | None = None
    finished: float | None = None

    def __init__(self, script: Script, pulse: Pulse, timeline: Timeline | None = None) -> None:
        self.script = script
        self.steps = script.steps
        self.pulse = pulse
        self.timeline = timeline
        self.outgoing = Outgoing()
        self.incoming = Incoming()
        self.reading = Reading()

    # --- what it has come to --------------------------------------------------------------------

    @property
    def all_echoed(self) -> bool:
        return not self.outgoing.queue and self.incoming.received >= self.outgoing.written

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
        """More than this has been sent, and is read as fast as it comes."""
        return self.incoming.received < self.outgoing.written and self.reading.pace is None

    @property
    def endless(self) -> bool:
        """Whether there is nothing to wait for, though bytes come all the time."""
        return self.incoming.endless(self.outgoing.written)

    @property
    def ended_first(self) -> bool:
        """The target ended the connection before our side was ended."""
        return self.ended is not None and not self.ended_half_closed

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
        return (reading.on or self.incoming.received < reading.target) and reading.not_before <= now

    def portion(self) -> tuple[int, int]:
        """Bytes to read at a time, and how many times in a row."""
        received = self.incoming.received
        return self.reading.portion(self.outgoing.written - received, received)

    def take_answer(self) -> object:
        """What a `Look` has found out: it is asked for once."""
        answer, self.answer = self.answer, UNKNOWN
        return answer

    def note(self, now: float, what: str, size: int = 0) -> None:
        """Add to the timeline, if one is kept."""
        if self.timeline is not None:
            self.timeline.note(now - self.pulse.began, what, size)

    # --- opening --------------------------------------------------------------------------------

    def prepare(self, receive_buffer: int | None) -> Open:
        """What to open, with what the script does at once when that is done."""
        if self.opening is not None:
            return self.opening
        outgoing = self.outgoing
        outgoing.stream = sent_by(self.script)
        first: Bytes = b""
        after = self.pc + 1
        then = self.steps[after : after + 2]
        if then and type(then[0]) is Send and not (then[0].cuts or then[0].lockstep):
            size = size_of(then[0].payload)
            first = outgoing.stream
            if size < len(first):
                first = memoryview(first)[:size]
            then = then[1:] if first else ()
        end = bool(then) and type(then[0]) is HalfClose
        self.opening = Open(receive_buffer, first, end)
        return self.opening

    def under_way(self) -> None:
        """The connection is being established."""
        self.held = self.open = True
        self.ending = Ending.OPEN

    def established(self, now: float) -> None:
        self.connected = True
        if self.timeline is not None:
            self.note(now, "connected")
        self.pulse.moved = now

    def refused(self, error: str, now: float) -> None:
        """The connection could not be opened; ``error``: the name of an errno."""
        self.held = True
        self.open = False
        self.error = error
        self.ending = Ending.NEVER
        self.note(now, f"connection failed: {error}")

    def began(self, written: int, ended: bool, now: float) -> None:
        """The connection was established at once, and of what `Open` says so many bytes were
        ``written``, and our side was ``ended``."""
        self.established(now)
        opening = self.opening
        self.pc += 1
        if opening is None:
            return
        if size := len(opening.first):
            step = self.steps[self.pc]
            assert type(step) is Send
            outgoing = self.outgoing
            outgoing.queued = size
            outgoing.written = written
            if written:
                self._has_sent(written, now)
            if written < size:
                outgoing.add(step, memoryview(opening.first)[written:], now)
                outgoing.blocked = True
                self.scratch = True
                return
            self.pc += 1
        if ended:
            self.half_closed(now)
            self.pc += 1

    # --- bytes ----------------------------------------------------------------------------------

    def sent(self, count: int, now: float) -> None:
        """The system took ``count`` bytes of what was to be written; 0: none at the moment."""
        self.outgoing.took(count, now)
        if count:
            self._has_sent(count, now)

    def _has_sent(self, count: int, now: float) -> None:
        absorbed = self.outgoing.written - self.incoming.received
        if absorbed > self.absorbed:
            self.absorbed = absorbed
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
        self.error = error
        self.note(now, f"write failed: {error}")
        self.reading.to_the_end()

    def received(self, data: bytes, size: int, now: float) -> bool:
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
        self.ending = ending
        self.open = False
        if error is not None:
            self.error = error
        self.ended = now - self.pulse.began
        self.ended_half_closed = self.outgoing.half_closed
        self.outgoing.clear()
        if self.timeline is not None:
            self.note(now, "target closed (FIN)" if ending is Ending.FIN else "target reset (RST)")
        self.pulse.moved = now

    def leave(self, now: float, what: str = "reset") -> Close | None:
        """Close our side: ``closed`` (FIN) or ``reset`` (RST)."""
        if self.open:
            self.ending = Ending.CLIENT
            self.open = False
            self.note(now, what)
        return self._close(abort=what == "reset")

    def give_up(self, waited: float, now: float) -> Close | None:
        """Patience has ended after ``waited`` seconds without progress."""
        kind = type(self.steps[self.pc]).__struct_config__.tag
        self.stuck = Stuck(step=self.pc, kind=str(kind), waited=round(waited, 3))
        self.note(now, f"gave up waiting after {waited:.1f} s")
        return self._close(abort=True)

    def ask(self, waited: float, now: float) -> None:
        """Our side is about to be ended after ``waited`` seconds of silence: what is owed must come
        before the target's end."""
        self.asked = round(waited, 3)
        self.note(
            now, f"nothing came for {waited:.1f} s: our side is ended, to see if the rest comes"
        )

    def drop(self) -> Close | None:
        """The script is over; a connection that is still open ends with it, and counts as open."""
        close = self._close(abort=self.ended is None)
        self.outgoing.stream = b""
        self.opening = None
        return close

    def _close(self, *, abort: bool) -> Close | None:
        self.outgoing.clear()
        if not self.held:
            return None
        self.held = False
        # A connection that the target ended first would keep its port in TIME_WAIT on the
        # target's side; RST clears it.
        return Close(abort or self.ended_first, look=self.connected and self.ended is None)

    # --- what came of it ------------------------------------------------------------------------

    def trace(self, *, died: bool = False) -> ScriptTrace:
        """What the script saw.  ``died``: the target did, and ended the connection by that."""
        incoming = self.incoming
        return ScriptTrace(
            sent=self.outgoing.written,
            received=incoming.received,
            echoed=incoming.echoed,
            surplus=bytes(incoming.surplus),
            ending=Ending.DIED if died else self.ending,
            half_closed=self.ended_half_closed,
            error=self.error,
            stuck=self.stuck,
            asked=self.asked,
            done=self.pc,
            stalled=self.stalled,
            absorbed=self.absorbed,
            first_byte=incoming.first_byte,
            ended=self.ended,
            finished=self.finished,
            released=self.released,
            timeline=self.timeline.moments() if self.timeline else (),
        )
