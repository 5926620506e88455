"""Asking Linux for its TCP and UDP sockets, one question and its answer at a time (sock_diag(7)).

The kernel answers over netlink, in C structures, and only with the sockets in the states that were
asked for.  What is to be known of them is in sockets.py.

The system tells of the network namespace in which the socket was made that it is asked through.
``through`` is such a socket of another namespace; without it our own is meant.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import socket
import struct
import threading
from collections.abc import Iterator

from msgspec import Struct

# <linux/sock_diag.h>, <linux/netlink.h>, <linux/inet_diag.h>, <net/tcp_states.h>
_SOCK_DIAG_BY_FAMILY = 20
_DIAG = (getattr(socket, "AF_NETLINK", -1), socket.SOCK_RAW, 4)
"""The socket to ask through.  Where there is no netlink, making it fails."""
_REQUEST_ONE, _REQUEST_DUMP = 0x1, 0x301
_BYTECODE = 1
_SOURCE_AT_LEAST, _SOURCE_AT_MOST = 2, 3
_NO_COOKIE = b"\xff" * 8
_DONE, _ERROR = 3, 2
ESTABLISHED, FIN_WAIT1, TIME_WAIT, CLOSE, CLOSE_WAIT, LISTEN = 1, 4, 6, 7, 8, 10
"""A UDP socket is in the first if it has a peer, and in CLOSE if it has none."""

MOST_AT_ONCE = 1 << 16
"""Bytes of answers to read: netlink sends 32 KiB at most.  Room for twice as many as this would be
mapped and unmapped for each read."""

_HEADER = struct.Struct("=LHHLL")
_REQUEST = struct.Struct("=BBBBL48s")
_MESSAGE = struct.Struct("=BBBB HH 16s 16s L 2L LLLL L".replace(" ", ""))


class Entry(Struct, frozen=True, gc=False):
    """A TCP or UDP socket of the system."""

    inode: int
    host: str
    """Its own address and port."""
    port: int
    remote_host: str
    """The peer's."""
    remote_port: int
    unread: int
    """Bytes that its owner has not read yet; the end of the stream counts as one."""
    unacknowledged: int
    """Bytes that the peer's system has not acknowledged; the end of the stream counts as one."""


class _Question(socket.socket):
    """The socket of one look.  A Ctrl-C may come between making it and using it: then it is closed
    without a word, where a plain one would warn."""

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self.close()


class Elsewhere(socket.socket):
    """A socket that was made in another network than ours; it does not block.

    ``through``: what to ask the system with about the sockets there.
    """

    def __init__(
        self, family: int, kind: int, descriptor: int, through: socket.socket | None
    ) -> None:
        kind |= int(getattr(socket, "SOCK_NONBLOCK", 0))
        super().__init__(family, kind, 0, fileno=descriptor)
        self.through = through


class Unavailable(Exception):
    """The system does not answer sock_diag requests."""


@contextlib.contextmanager
def asking(through: socket.socket | None) -> Iterator[socket.socket]:
    """A socket to ask through.  Raises OSError."""
    if through is None:
        with _Question(*_DIAG) as diag:
            yield diag
    else:
        yield through


_sequence = itertools.count(1)
"""Of questions: whoever was interrupted has left answers to an earlier one unread."""


def in_state(
    *states: int,
    port: int | None = None,
    through: socket.socket | None = None,
    protocol: int = socket.IPPROTO_TCP,
) -> list[Entry]:
    """All sockets of the system in one of ``states``; of those at ``port``, if it is given.

    ``protocol``: of TCP, or of UDP.  Raises Unavailable.
    """
    mask = sum(1 << state for state in states)
    try:
        with asking(through) as diag:
            return [
                entry
                for family in (socket.AF_INET, socket.AF_INET6)
                for entry in _ask(
                    diag, (family, protocol), mask, b"" if port is None else _only(port)
                )
            ]
    except OSError as error:
        raise Unavailable from error


def _only(port: int) -> bytes:
    """The attribute that lets the system leave out all sockets but those at ``port``: a target may
    listen on thousands.  Jumping past the end of such a program rejects."""
    program = b"".join(
        struct.pack("=BBHBBH", kind, 8, left + 4, 0, 0, port)
        for kind, left in ((_SOURCE_AT_LEAST, 16), (_SOURCE_AT_MOST, 8))
    )
    return struct.pack("=HH", 4 + len(program), _BYTECODE) + program


def _ask(
    diag: socket.socket, kind: tuple[int, int], mask: int, attribute: bytes = b""
) -> Iterator[Entry]:
    """``kind``: a family and a protocol."""
    family, protocol = kind
    what = _REQUEST.pack(family, protocol, 0, 0, mask, b"") + attribute
    for answer in dump(diag, what):
        yield _entry(answer, 0)


def dump(diag: socket.socket, what: bytes) -> Iterator[bytes]:
    """All answers to the request ``what``, which is for many sockets.

    Raises Unavailable, OSError.
    """
    number = next(_sequence) & 0xFFFFFFFF
    diag.send(_headed(_REQUEST_DUMP, number, what))
    while True:
        data = diag.recv(MOST_AT_ONCE)
        at = 0
        while at + _HEADER.size <= len(data):
            length, kind, _, answers, _ = _HEADER.unpack_from(data, at)
            body = data[at + _HEADER.size : at + length]
            at += (length + 3) & ~3
            if answers != number:
                continue
            if kind == _DONE:
                return
            if kind == _ERROR:
                raise Unavailable
            yield body


def only(diag: socket.socket, what: bytes) -> bytes | None:
    """The answer to the request ``what`` for one socket; None: there is no such socket.

    Raises Unavailable, OSError.
    """
    number = next(_sequence) & 0xFFFFFFFF
    diag.send(_headed(_REQUEST_ONE, number, what))
    kind, answers, data = _DONE, 0, b""
    while answers != number:
        data = diag.recv(1 << 16)
        _, kind, _, answers, _ = _HEADER.unpack_from(data)
    if kind == _ERROR:
        (code,) = struct.unpack_from("=l", data, _HEADER.size)
        if code == -errno.ENOENT:
            return None
        raise Unavailable
    return data[_HEADER.size :]


def find(
    diag: socket.socket, family: int, own: tuple[str, int], peer: tuple[str, int]
) -> Entry | None:
    """The socket of this system with these addresses, in time that does not grow with the table.

    Raises Unavailable, OSError.
    """
    ports = struct.pack("!HH", own[1], peer[1])
    hosts = b"".join(
        socket.inet_pton(family, host.partition("%")[0]).ljust(16, b"\0") for host, _ in (own, peer)
    )
    identity = ports + hosts + bytes(4) + _NO_COOKIE
    answer = only(diag, _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF, identity))
    if answer is None:
        return None
    found = _entry(answer, 0)
    # Where there is no such connection the system may answer with who listens there.
    return found if found.remote_port == peer[1] else None


def listener(host: str, port: int, through: socket.socket | None = None) -> Entry | None:
    """The listener that a client of ``host`` and ``port`` comes to; where several share the port,
    one of them.  That takes a tenth of a look at all that listen.

    Raises Unavailable.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        identity = struct.pack("!HH", port, 0) + socket.inet_pton(family, host).ljust(32, b"\0")
        what = _REQUEST.pack(
            family, socket.IPPROTO_TCP, 0, 0, 1 << LISTEN, identity + bytes(4) + _NO_COOKIE
        )
        answer = only(through or _here.kept(), what)
    except OSError as error:
        _here.owner = 0
        raise Unavailable from error
    return None if answer is None else _entry(answer, 0)


class _Here(threading.local):
    """What a thread asks single questions through: to make a socket takes as long as to ask."""

    owner = 0
    """The process in which it was made: one that is forked from it has another."""

    def kept(self) -> socket.socket:
        """The socket.  Raises OSError."""
        if self.owner != os.getpid():
            self._question, self.owner = _Question(*_DIAG), os.getpid()
        return self._question


_here = _Here()


def _headed(flags: int, number: int, what: bytes) -> bytes:
    size = _HEADER.size + len(what)
    return _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, flags, number, 0) + what


def _entry(data: bytes, at: int) -> Entry:
    fields = _MESSAGE.unpack_from(data, at)
    family, port, remote, source, target, unread, unacked, inode = (
        fields[i] for i in (0, 4, 5, 6, 7, 12, 13, 15)
    )
    size = 16 if family == socket.AF_INET6 else 4
    return Entry(
        inode,
        socket.inet_ntop(family, source[:size]),
        socket.ntohs(port),
        socket.inet_ntop(family, target[:size]),
        socket.ntohs(remote),
        unread,
        unacked,
    )
