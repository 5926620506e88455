"""A TCP connection."""

from __future__ import annotations

import errno
import socket
import struct

from harness.driver import opening
from harness.driver.actions import Bytes, Open
from harness.driver.streams import StreamSocket, name_of
from harness.driver.transport import UNDER_WAY, Opened
from harness.errors import MachineProblem
from harness.system import waiting
from harness.values.address import TcpAddress

ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST
STARTED = (0, errno.EINPROGRESS)
ONE_SEGMENT = 536
"""Bytes that go out in one segment on every path (RFC 9293, section 3.7.1)."""
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux


class TcpTransport(StreamSocket):
    """A connection to ``address`` on a socket that ``make`` makes.

    Raises MachineProblem when there is none left.
    """

    __slots__ = ("_address", "_at_once", "_has_written")

    def __init__(
        self,
        address: TcpAddress,
        receive_buffer: int | None = None,
        make: opening.Maker = opening.make,
    ) -> None:
        super().__init__(opening.socket_for(address.family, receive_buffer, make))
        self._address = address
        self._at_once = False
        """Nagle's algorithm is off."""
        self._has_written = False

    # --- opening --------------------------------------------------------------------------------

    def open(self, what: Open) -> Opened:
        sock, first, written = self._sock, what.first, 0
        if what.segment is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, what.segment)
        code = sock.connect_ex(self._address)
        if code not in STARTED and (code := self._from_elsewhere(code)) not in STARTED:
            return Opened(refused=name_of(code))
        if not first:
            opened = self.established()
            if not (opened.up and what.end):
                return opened
        else:
            # On loopback a connection is mostly there at once, and the first write tells.
            if len(first) > ONE_SEGMENT:
                self._write_at_once()
            try:
                written = sock.send(first)
            except BlockingIOError:
                return UNDER_WAY
            except OSError as error:
                return self._not_written(error)
            self._has_written = True
            if not what.end or written < len(first):
                return Opened(up=True, written=written)
        return self._ended(written)

    def _from_elsewhere(self, code: int) -> int:
        try:
            return opening.another_way(self._sock, self._address, code)
        except MachineProblem:
            self._sock.close()
            raise

    # --- bytes ----------------------------------------------------------------------------------

    def write(self, data: Bytes) -> int:
        if not self._at_once and (self._has_written or len(data) > ONE_SEGMENT):
            self._write_at_once()
        try:
            count = self._sock.send(data)
        except BlockingIOError:
            return 0
        self._has_written = True
        return count

    def _write_at_once(self) -> None:
        """Where there is more than one segment, Nagle's algorithm would wait for an ACK."""
        self._at_once = True
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def urgent(self, byte: int) -> bool:
        try:
            self._sock.send(bytes([byte]), socket.MSG_OOB)
        except BlockingIOError:
            return False
        return True

    def more_is_owed(self) -> None:
        # A server that writes the rest in a second segment may be waiting for our ACK (Nagle), and
        # our system would delay that by 40 ms.
        if QUICKACK is not None:
            self._sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

    # --- its end --------------------------------------------------------------------------------

    def close(self, *, abort: bool) -> None:
        if abort:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        self._sock.close()

    # --- what the system knows ------------------------------------------------------------------

    def untaken(self) -> int | None:
        return waiting.untaken(self._sock)

    def local_port(self) -> int:
        return int(self._sock.getsockname()[1])
