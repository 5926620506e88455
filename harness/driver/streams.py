"""What stream sockets of the system have in common, whatever they go over."""

from __future__ import annotations

import errno
import fcntl
import select
import socket
import termios
from array import array

from harness.driver.actions import Bytes
from harness.driver.transport import UNDER_WAY, Opened


def name_of(code: int | None) -> str:
    """The name of an errno: ``ECONNRESET``."""
    return errno.errorcode.get(code or 0, str(code))


class StreamSocket:
    """The methods of a `harness.driver.transport.Transport` that need nothing but the socket."""

    __slots__ = ("_sock", "descriptor")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.descriptor = sock.fileno()

    def established(self) -> Opened:
        try:
            self._sock.getpeername()
        except OSError:
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return Opened(refused=name_of(code)) if code else UNDER_WAY
        return Opened(up=True)

    def _not_written(self, error: OSError) -> Opened:
        """The first write failed: is there no connection, or none any more?"""
        try:
            self._sock.getpeername()
        except OSError:
            return Opened(refused=name_of(error.errno))
        return Opened(up=True, failed=name_of(error.errno))

    def _ended(self, written: int) -> Opened:
        """Connected, with all written that was to be: end our side."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            return Opened(up=True, written=written, failed=name_of(error.errno))
        return Opened(up=True, written=written, ended=True)

    def write(self, data: Bytes) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    def read(self, size: int) -> bytes | None:
        try:
            return self._sock.recv(size)
        except BlockingIOError:
            return None

    def read_into(self, room: memoryview) -> int | None:
        try:
            return self._sock.recv_into(room)
        except BlockingIOError:
            return None

    def half_close(self) -> None:
        self._sock.shutdown(socket.SHUT_WR)

    def end_waits(self) -> bool:
        try:
            return not self._sock.recv(1, socket.MSG_PEEK)
        except OSError:
            return False

    def waiting(self) -> int:
        size = array("i", [0])
        fcntl.ioctl(self.descriptor, termios.FIONREAD, size)
        return size[0]

    def takes_more(self) -> bool:
        poller = select.poll()
        poller.register(self.descriptor, select.POLLOUT)
        return bool(poller.poll(0))
