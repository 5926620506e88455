"""A client's datagram socket: it does not block, and hears what ICMP says.

It is not connected, so that it gets answers from whatever address they come.  Such a socket is told
of an unreachable port only with IP_RECVERR (ip(7)).
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections import deque

from harness.driver.opening import MACHINE_LACKS, Maker, make
from harness.errors import MachineProblem
from harness.values.datagrams import Address
from harness.values.target import is_loopback

DATAGRAM = int(socket.SOCK_DGRAM)
ROOM = 4 * 1024 * 1024
"""Bytes that are asked for as receive buffer; the system gives less (rmem_max)."""
MOST = 65_536
IP_RECVERR = getattr(socket, "IP_RECVERR", 11)  # the constants have no names before Python 3.14
IPV6_RECVERR = getattr(socket, "IPV6_RECVERR", 25)
MSG_ERRQUEUE = getattr(socket, "MSG_ERRQUEUE", 0x2000)
NOBODY = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH})
TRIES = 20

_left: deque[int] = deque(maxlen=4096)
"""Ports of clients that have gone while an answer was on its way.  Who has such a port after them
would get it, and the target would be blamed."""


class NoSuchPort(OSError):
    """A client cannot have the port that it is to have."""


class Refused(Exception):
    """The system says that nobody is at the address that was asked."""


class UdpSocket:
    """One client's.  What fails raises OSError, unless it says something else."""

    def __init__(
        self,
        address: Address,
        make: Maker = make,
        port: int | None = None,
        own: str | None = None,
    ) -> None:
        """``address``: what is asked.  ``port``: our own; None: any.  ``own``: our address in
        127.0.0.0/8, where what is asked is there too; None: the usual.

        Raises MachineProblem when there is no socket or port left, NoSuchPort.
        """
        self.address = address
        self.closed = False
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        try:
            self._socket = self._made(family, make, port, own)
        except NoSuchPort:
            raise
        except OSError as error:
            what = MACHINE_LACKS.get(error.errno or 0, error.strerror or str(error))
            raise MachineProblem(f"the machine ran out of {what}.", step="connect") from error

    def _made(self, family: int, make: Maker, port: int | None, own: str | None) -> socket.socket:
        v6 = family == socket.AF_INET6
        host = "::" if v6 else "0.0.0.0"
        if is_loopback(self.address[0]):  # nobody outside can reach it
            host = "::1" if v6 else own or "127.0.0.1"
        for _ in range(TRIES):
            sock = make(family, DATAGRAM)
            try:
                sock.bind((host, port or 0))
            except OSError as error:
                sock.close()
                if port is not None:
                    raise NoSuchPort(*error.args) from error
                raise
            if port is not None or sock.getsockname()[1] not in _left:
                break
            sock.close()
        level, option = socket.IPPROTO_IP, IP_RECVERR
        if v6:
            level, option = socket.IPPROTO_IPV6, IPV6_RECVERR
        with contextlib.suppress(OSError):
            sock.setsockopt(level, option, 1)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        return sock

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    @property
    def own_address(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return host, port

    def send(self, data: bytes) -> bool:
        """Send ``data``; False: not possible at the moment.

        Raises Refused for an earlier datagram, and nothing was sent then.
        """
        try:
            self._socket.sendto(data, self.address)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._raise(error)
        return True

    def receive(self) -> tuple[bytes, Address] | None:
        """What has come, and from where; None: nothing.  Raises Refused."""
        try:
            data, source = self._socket.recvfrom(MOST)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            self._raise(error)
        return data, (source[0], source[1])

    def _raise(self, error: OSError) -> None:
        """Raise what ``error`` means.  The queue of errors is emptied: it keeps poll() awake."""
        with contextlib.suppress(OSError):
            while True:
                self._socket.recvmsg(1, 512, MSG_ERRQUEUE)
        if error.errno in NOBODY:
            raise Refused from error
        raise error

    def close(self, *, outstanding: bool) -> None:
        """``outstanding``: an answer may still be on its way."""
        if self.closed:
            return
        self.closed = True
        if outstanding:
            with contextlib.suppress(OSError):
                _left.append(self._socket.getsockname()[1])
        self._socket.close()
