"""A connection over a Unix stream socket (unix(7))."""

from __future__ import annotations

import os

from harness.driver import opening
from harness.driver.actions import Open
from harness.driver.streams import StreamSocket, name_of
from harness.driver.transport import Opened
from harness.system import unix_sockets
from harness.values.address import UnixAddress


class UnixTransport(StreamSocket):
    """A connection to ``address`` on a socket that ``make`` makes.

    It is there at once, or refused.  Raises MachineProblem when there is no socket left.
    """

    __slots__ = ("_name",)

    def __init__(
        self,
        address: UnixAddress,
        receive_buffer: int | None = None,
        make: opening.Maker = opening.make,
    ) -> None:
        super().__init__(opening.socket_for(address.family, receive_buffer, make))
        self._name = address.name

    def open(self, what: Open) -> Opened:
        first, written = what.first, 0
        if code := self._sock.connect_ex(self._name):
            return Opened(refused=name_of(code))
        if first:
            try:
                written = self._sock.send(first)
            except BlockingIOError:
                return Opened(up=True)
            except OSError as error:
                return self._not_written(error)
        if not what.end or written < len(first):
            return Opened(up=True, written=written)
        return self._ended(written)

    def urgent(self, byte: int) -> bool:
        """Linux has it for Unix sockets since 5.15; no echo server knows."""
        raise OSError("a Unix socket has no urgent data")

    def more_is_owed(self) -> None:
        """Nothing is held back."""

    def close(self, *, abort: bool) -> None:
        """There is no reset, but for this: where bytes have come that nobody has read, the peer
        sees ECONNRESET."""
        self._sock.close()

    def untaken(self) -> int | None:
        """Whether the peer has read the end as well is not told."""
        through = getattr(self._sock, "through", None)
        peer = unix_sockets.peer_of(self.local_port(), through)
        return unix_sockets.unread(peer, through) if peer else None

    def local_port(self) -> int:
        """What tells it from others: the inode of the socket."""
        return os.fstat(self.descriptor).st_ino
