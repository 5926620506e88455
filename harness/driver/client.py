"""One client on its socket: what it has come to, and how its connection begins and ends."""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING, Any

from harness.driver import opening, reading, writing
from harness.driver.poller import READ, WRITE
from harness.driver.timeline import ALL_KEPT, KEPT, Timeline
from harness.driver.writing import Writing
from harness.values.plan import (
    AwaitRelease,
    Connect,
    Script,
    StartReading,
    sent_by,
)
from harness.values.trace import Ending, ScriptTrace, Stuck

if TYPE_CHECKING:
    from harness.driver.loop import Loop
    from harness.launcher.instance import Instance
    from harness.system.backlog import Backlog

ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST


class Client:
    """A script being performed, with its connection if it has one."""

    # What a client begins with.  Here and not in __init__, since thousands are made a second.
    pc = 0
    scratch: Any = None
    """What the current step remembers from one look to the next."""
    quiet_since: float | None = None
    instance: Instance | None = None
    backlog: Backlog | None = None
    place = 0
    """In the backlog."""
    sock: socket.socket | None = None
    connected = False
    open = False
    """The connection exists and its end has not been seen."""
    server_port = 0
    local_port = 0
    """Of the connection, when a step will ask for it."""
    expected = b""
    """Everything that the script means to write; made when it connects."""
    queued = written = received = echoed = absorbed = 0
    written_off = 0
    """Bytes that are no longer waited for; less than 0: so many came too much."""
    clean = True
    """Every byte so far was the expected one."""
    resigned = False
    """The bytes are wrong and no more of them are expected."""
    reading = True
    pace: StartReading | None = None
    read_not_before = 0.0
    read_target = 0
    """While reading is stopped: read on until so many bytes were received."""
    bite = (0, 0)
    """While the target takes what is left: what that was, and how much was read for it."""
    mask = 0
    at_once = False
    """Nagle's algorithm is off."""
    ending = Ending.NEVER
    half_closed = False
    half_close_follows = False
    asked: float | None = None
    """Seconds of silence after which our side was ended out of turn, to see the rest come."""
    ended_half_closed = False
    error: str | None = None
    stuck: Stuck | None = None
    stalled = False
    stopped_at = 0.0
    """When reading was stopped, by `time.monotonic`."""
    backed_off = 0.0
    """Seconds that a peer which was held up may go on to be silent when reading is taken up."""
    held_back = 0
    """Bytes received by then or waiting in our own buffer: more shows that the peer goes on."""
    released: bool | None = None
    first_byte: float | None = None
    ended: float | None = None
    finished: float | None = None

    def __init__(self, loop: Loop, index: int, script: Script) -> None:
        self.loop = loop
        self.index = index
        self.script = script
        self.steps = script.steps
        self.surplus = bytearray()
        self.writings: deque[Writing] = deque()
        self.timeline = Timeline(ALL_KEPT if loop.persist else KEPT) if loop.record else None

    # --- what the steps ask ---------------------------------------------------------------------

    @property
    def all_written(self) -> bool:
        return not self.writings

    @property
    def all_echoed(self) -> bool:
        return not self.writings and self.received + self.written_off >= self.written

    def settle(self) -> None:
        """Wait no longer for what is owed, and count what came too much as no answer to come."""
        self.written_off = self.written - self.received

    def may_go_on(self) -> bool:
        """Whether the socket would take more of what is still to be written."""
        if not self.writings or self.sock is None:
            return False
        poller = select.poll()
        poller.register(self.sock, select.POLLOUT)
        return bool(poller.poll(0))

    @property
    def owed(self) -> bool:
        """The target has everything and is free to send, and has not sent all of it back."""
        return (
            self.open
            and self.connected
            and self.clean
            and self.reading
            and self.pace is None
            and not (self.half_closed or self.writings)
            and self.received < self.written
        )

    @property
    def meets_it_paused(self) -> bool:
        """The target is to be paused before this client connects."""
        then = self.steps[self.pc + 1 : self.pc + 2]
        return self.sock is None and any(isinstance(step, Connect) for step in then)

    def note(self, what: str, size: int = 0) -> None:
        """Add to the timeline, if one is kept."""
        if self.timeline is not None:
            self.timeline.note(self.loop.elapsed(), what, size)

    # --- opening --------------------------------------------------------------------------------

    def open_connection(self, step: Connect) -> None:
        """Begin to connect.  Raises MachineProblem when the machine has no socket or port left."""
        self.expected = sent_by(self.script)
        host, port = self.loop.fleet.address(self.instance)
        self.server_port = port
        self.sock = sock = opening.socket_for(host, step.receive_buffer)
        code = opening.begin(sock, host, port)
        if code not in (0, errno.EINPROGRESS):
            self._refused(code)
            return
        self.ending = Ending.OPEN
        self.open = True
        self._check_connected()
        if self.open:
            self.mask = READ if self.connected else WRITE
            self.loop.poller.watch(sock.fileno(), self.mask, self)

    def _check_connected(self) -> None:
        """Find out whether the connection is established, refused, or still under way."""
        assert self.sock is not None
        try:
            self.sock.getpeername()
        except OSError:
            if code := self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._refused(code)
            return
        self.connected = True
        if AwaitRelease in self.loop.kinds:
            self.local_port = self.sock.getsockname()[1]
        if self.timeline is not None:
            self.note("connected")
        self.loop.moved = self.loop.now

    def _refused(self, code: int) -> None:
        self.error = errno.errorcode.get(code, str(code))
        self.ending = Ending.NEVER
        self.open = False
        self.note(f"connection failed: {self.error}")
        self._unregister()

    # --- events ---------------------------------------------------------------------------------

    def on_event(self, mask: int) -> None:
        if not self.open:  # the script mostly closes the socket before this is seen
            self._unregister()
            return
        if not self.connected:
            self._check_connected()
            if not self.connected:
                return
        if mask & READ:
            reading.read(self)
        if mask & WRITE or (self.writings and self.writings[0].lockstep_until):
            writing.write(self)
        self.want()

    def want(self) -> None:
        """Tell the selector what this client waits for."""
        if self.sock is None or not self.open or not self.connected:
            return
        mask = 0
        now = self.loop.now
        if self.may_read and self.read_not_before <= now:
            mask = READ
        if self.writings and writing.is_due(self, now):
            mask |= WRITE
        if mask == self.mask:
            return
        if mask == 0:
            self.loop.poller.forget(self.sock.fileno())
        else:
            self.loop.poller.watch(self.sock.fileno(), mask, self)
        self.mask = mask

    @property
    def may_read(self) -> bool:
        return self.reading or self.received < self.read_target

    def was_accepted(self) -> None:
        """The target has shown that it knows of this connection."""
        if self.backlog is not None:
            self.backlog.accepted(self.place)

    # --- ending ---------------------------------------------------------------------------------

    def target_ended(self, ending: Ending) -> None:
        """The target ended the connection."""
        self.ending = ending
        self.open = False
        self.ended = self.loop.now - self.loop.began
        if ending is Ending.FIN and self.first_byte is None:
            self.was_accepted()
        self.ended_half_closed = self.half_closed
        self.writings.clear()
        if self.timeline is not None:
            self.note("target closed (FIN)" if ending is Ending.FIN else "target reset (RST)")
        self.loop.moved = self.loop.now

    def half_close(self) -> None:
        assert self.sock is not None
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            writing.failed(self, error)
            return
        self.half_closed = True
        if self.timeline is not None:
            self.note("half-closed")

    def ask(self, waited: float) -> None:
        """End our side after ``waited`` seconds of silence: what is owed must come before that."""
        self.asked = round(waited, 3)
        self.note(f"nothing came for {waited:.1f} s: our side is ended, to see if the rest comes")
        self.half_close()

    def close(self, *, abort: bool) -> None:
        """Close our side: with FIN, or (``abort``) with RST."""
        if self.open:
            self.ending = Ending.CLIENT
            self.open = False
            self.note("reset" if abort else "closed")
        self._close_socket(abort=abort)

    def give_up(self, waited: float) -> None:
        """Patience has ended after ``waited`` seconds without progress."""
        kind = type(self.steps[self.pc]).__struct_config__.tag
        self.stuck = Stuck(step=self.pc, kind=str(kind), waited=round(waited, 3))
        self.note(f"gave up waiting after {waited:.1f} s")
        self._close_socket(abort=True)

    def leave(self) -> None:
        """The plan's time is over: leave, whatever is still owed."""
        self.note("left: the plan takes too long")
        self.close(abort=True)

    def end_script(self) -> None:
        """The script is over; a connection that is still open is dropped, its ending stays OPEN."""
        self._close_socket(abort=self.ended is None)
        self.expected = b""

    def _close_socket(self, *, abort: bool) -> None:
        self.writings.clear()
        if self.sock is None:
            return
        if self.mask:
            self.loop.poller.closing(self.sock.fileno())
            self.mask = 0
        # A connection that the target ended first would keep its port in TIME_WAIT on the
        # target's side; RST clears it.
        ended_first = self.ended is not None and not self.ended_half_closed
        if abort or ended_first or (self.ended is None and self._end_waits()):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        self.sock.close()
        self.sock = None

    def _end_waits(self) -> bool:
        """Whether the target's FIN has arrived, and nobody has read it yet."""
        assert self.sock is not None
        try:
            return self.connected and not self.sock.recv(1, socket.MSG_PEEK)
        except OSError:
            return False

    def _unregister(self) -> None:
        if self.mask and self.sock is not None:
            self.loop.poller.forget(self.sock.fileno())
        self.mask = 0

    def trace(self) -> ScriptTrace:
        return ScriptTrace(
            sent=self.written,
            received=self.received,
            echoed=self.echoed,
            surplus=bytes(self.surplus),
            ending=self.ending,
            half_closed=self.ended_half_closed,
            error=self.error,
            stuck=self.stuck,
            asked=self.asked,
            done=self.pc,
            stalled=self.stalled,
            absorbed=self.absorbed,
            first_byte=self.first_byte,
            ended=self.ended,
            finished=self.finished,
            released=self.released,
            timeline=self.timeline.moments() if self.timeline else (),
        )
