"""The system's TCP sockets: who listens where, which are left in CLOSE_WAIT.

psutil reads the whole table of the system for either question, and thousands of connections in
TIME_WAIT, which every run leaves behind, make that take a tenth of a second each time.  Linux
answers for one state alone (sock_diag(7)), at once; where it does not, psutil is asked.

The system tells of the network namespace in which the socket was made that it is asked through.
``through`` is such a socket of another namespace; without it our own is meant.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import psutil

# <linux/sock_diag.h>, <linux/netlink.h>, <linux/inet_diag.h>, <net/tcp_states.h>
_SOCK_DIAG_BY_FAMILY = 20
_DIAG = (getattr(socket, "AF_NETLINK", -1), socket.SOCK_RAW, 4)
"""The socket to ask through.  Where there is no netlink, making it fails."""
_REQUEST_ONE, _REQUEST_DUMP = 0x1, 0x301
_BYTECODE = 1
_SOURCE_AT_LEAST, _SOURCE_AT_MOST = 2, 3
_NO_COOKIE = b"\xff" * 8
_DONE, _ERROR = 3, 2
ESTABLISHED, FIN_WAIT1, TIME_WAIT, CLOSE_WAIT, LISTEN = 1, 4, 6, 8, 10

_HEADER = struct.Struct("=LHHLL")
_REQUEST = struct.Struct("=BBBBL48s")
_MESSAGE = struct.Struct("=BBBB HH 16s 16s L 2L LLLL L".replace(" ", ""))
_STATUS = {
    ESTABLISHED: psutil.CONN_ESTABLISHED,
    FIN_WAIT1: psutil.CONN_FIN_WAIT1,
    CLOSE_WAIT: psutil.CONN_CLOSE_WAIT,
    LISTEN: psutil.CONN_LISTEN,
}


class Entry:
    """A socket: its inode, its own address and port, the peer's, the bytes that its owner has not
    read yet, and those that the peer's system has not acknowledged (the end of the stream counts
    as one in either)."""

    __slots__ = (
        *("inode", "host", "port", "remote_host", "remote_port"),
        *("unread", "unacknowledged"),
    )

    def __init__(
        self,
        inode: int,
        host: str,
        port: int,
        remote_host: str,
        remote_port: int,
        *,
        unread: int,
        unacknowledged: int,
    ) -> None:
        self.inode = inode
        self.host = host
        self.port = port
        self.remote_host = remote_host
        self.remote_port = remote_port
        self.unread = unread
        self.unacknowledged = unacknowledged


class _Question(socket.socket):
    """The socket of one look.  A Ctrl-C may come between making it and using it: then it is closed
    without a word, where a plain one would warn."""

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self.close()


class Elsewhere(socket.socket):
    """A stream socket that was made in another network than ours; it does not block.

    ``through``: what to ask the system with about the sockets there.
    """

    def __init__(self, family: int, descriptor: int, through: socket.socket | None) -> None:
        kind = int(socket.SOCK_STREAM) | int(getattr(socket, "SOCK_NONBLOCK", 0))
        super().__init__(family, kind, 0, fileno=descriptor)
        self.through = through


class Unavailable(Exception):
    """The system does not answer sock_diag requests."""


@contextlib.contextmanager
def _asking(through: socket.socket | None) -> Iterator[socket.socket]:
    """A socket to ask through.  Raises OSError."""
    if through is None:
        with _Question(*_DIAG) as diag:
            yield diag
    else:
        yield through


_sequence = itertools.count(1)
"""Of questions: whoever was interrupted has left answers to an earlier one unread."""


def in_state(
    *states: int, port: int | None = None, through: socket.socket | None = None
) -> list[Entry]:
    """All TCP sockets of the system in one of ``states``; of those at ``port``, if it is given.

    Raises Unavailable.
    """
    mask = sum(1 << state for state in states)
    try:
        with _asking(through) as diag:
            return [
                entry
                for family in (socket.AF_INET, socket.AF_INET6)
                for entry in _ask(diag, family, mask, b"" if port is None else _only(port))
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


def _ask(diag: socket.socket, family: int, mask: int, attribute: bytes = b"") -> Iterator[Entry]:
    number = next(_sequence) & 0xFFFFFFFF
    diag.send(_request(_REQUEST_DUMP, family, mask, number, attribute=attribute))
    while True:
        data = diag.recv(1 << 17)
        at = 0
        while at + _HEADER.size <= len(data):
            length, kind, _, answers, _ = _HEADER.unpack_from(data, at)
            if answers != number:
                at += (length + 3) & ~3
                continue
            if kind == _DONE:
                return
            if kind == _ERROR:
                raise Unavailable
            yield _entry(data, at + _HEADER.size)
            at += (length + 3) & ~3


def _find(
    diag: socket.socket, family: int, own: tuple[str, int], peer: tuple[str, int]
) -> Entry | None:
    """The socket of this system with these addresses, in time that does not grow with the table."""
    ports = struct.pack("!HH", own[1], peer[1])
    hosts = b"".join(
        socket.inet_pton(family, host.partition("%")[0]).ljust(16, b"\0") for host, _ in (own, peer)
    )
    identity = ports + hosts + bytes(4) + _NO_COOKIE
    number = next(_sequence) & 0xFFFFFFFF
    diag.send(_request(_REQUEST_ONE, family, 0xFFFFFFFF, number, identity))
    kind, answers = _DONE, 0
    while answers != number:
        data = diag.recv(1 << 16)
        _, kind, _, answers, _ = _HEADER.unpack_from(data)
    if kind == _ERROR:
        (code,) = struct.unpack_from("=l", data, _HEADER.size)
        if code == -errno.ENOENT:
            return None
        raise Unavailable
    found = _entry(data, _HEADER.size)
    # Where there is no such connection the system may answer with who listens there.
    return found if found.remote_port == peer[1] else None


def _request(
    flags: int, family: int, mask: int, number: int, identity: bytes = b"", attribute: bytes = b""
) -> bytes:
    request = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, mask, identity) + attribute
    size = _HEADER.size + len(request)
    return _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, flags, number, 0) + request


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
        unread=unread,
        unacknowledged=unacked,
    )


def inodes_of(pid: int) -> set[int]:
    """The inodes of the sockets that ``pid`` has open; empty when it is gone."""
    found: set[int] = set()
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"{folder}/{name}")):
                    found.add(int(match[1]))
    return found


def held_by(
    pids: Iterable[int], state: int, through: socket.socket | None = None
) -> list[tuple[str, int, int]]:
    """The sockets of ``pids`` in ``state``: address, port, the peer's port (0 if none)."""
    pids = list(pids)
    try:
        entries = in_state(state, through=through)
    except Unavailable:
        return _by_psutil(pids, state)
    if not entries:
        return []
    ours = set().union(*(inodes_of(pid) for pid in pids)) if pids else set()
    return [(e.host, e.port, e.remote_port) for e in entries if e.inode in ours]


def _all_by_psutil(state: int) -> list[tuple[str, int, int]]:
    try:
        everything = psutil.net_connections("tcp")
    except (psutil.Error, OSError):  # some systems tell an ordinary user only of single processes
        return _by_psutil(psutil.pids(), state)
    return _in_state(everything, state)


def _by_psutil(pids: list[int], state: int) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            found += _in_state(psutil.Process(pid).net_connections("tcp"), state)
    return found


def _in_state(connections: Iterable[Any], state: int) -> list[tuple[str, int, int]]:
    return [
        (c.laddr.ip, c.laddr.port, c.raddr.port if c.raddr else 0)
        for c in connections
        if c.status == _STATUS[state]
    ]


def listeners(pids: Iterable[int], through: socket.socket | None = None) -> list[tuple[str, int]]:
    """The TCP addresses (IP, port) that ``pids`` listen on, sorted by port."""
    found = {(host, port) for host, port, _ in held_by(pids, LISTEN, through)}
    return sorted(found, key=lambda address: (address[1], address[0]))


def listening_on(
    pids: Iterable[int], port: int, through: socket.socket | None = None
) -> set[int] | None:
    """The inodes of the sockets of ``pids`` that listen on ``port``.

    None when inodes are not to be had, but one of them does listen there.
    """
    pids = list(pids)
    try:
        listening = {entry.inode for entry in in_state(LISTEN, port=port, through=through)}
    except Unavailable:
        return None if any(p == port for _, p, _ in _by_psutil(pids, LISTEN)) else set()
    if not listening or not pids:
        return set()
    return listening.intersection(*[set().union(*(inodes_of(pid) for pid in pids))])


def owners(inodes: Iterable[int], port: int, through: socket.socket | None = None) -> list[int]:
    """The processes that have one of the sockets ``inodes`` open, if it listens on ``port`` still.

    Of the processes of other users the system tells nothing.
    """
    wanted = set(inodes)
    try:
        wanted &= {entry.inode for entry in in_state(LISTEN, port=port, through=through)}
    except Unavailable:
        return []
    return [pid for pid in psutil.pids() if inodes_of(pid) & wanted] if wanted else []


def not_tcp(pids: Iterable[int]) -> list[str]:
    """Where ``pids`` wait for clients that do not come by TCP, in words: UDP ports, Unix sockets.

    A UDP socket that has a peer is a client's, and so is a Unix one without a name.
    """
    found: dict[str, None] = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            process: Any = psutil.Process(pid)
            for udp in process.net_connections("udp"):
                if udp.laddr and not udp.raddr:
                    found[f"UDP {udp.laddr.port}"] = None
            for unix in process.net_connections("unix"):
                if path := str(unix.laddr or ""):
                    found[f"the Unix socket {path if path.isprintable() else repr(path)}"] = None
    return list(found)


class Queues(NamedTuple):
    """What waits for accept() on one port."""

    waiting: int
    """Connections; of several listeners, at the one where most wait."""
    limit: int
    """How many may wait; of several, at the one that takes least."""
    listeners: int


def queues(port: int, through: socket.socket | None = None) -> Queues | None:
    """What waits on ``port``; None if nobody tells.  Linux takes one more than listen(2) said."""
    try:
        # Of a listener, sock_diag(7) tells these two where a connection has its bytes.
        entries = in_state(LISTEN, port=port, through=through)
        found = [(e.unread, e.unacknowledged) for e in entries]
    except Unavailable:
        return None
    if not found:
        return None
    waiting, limits = zip(*found, strict=True)
    return Queues(max(waiting), 1 + min(limits), len(found))


def holder_of(port: int, through: socket.socket | None = None) -> str | None:
    """Who listens on ``port`` on this machine: ``command (pid N)``; None when nobody does."""
    try:
        found = in_state(LISTEN, port=port, through=through)
    except Unavailable:
        found = None
    if found == [] or (found is None and through is not None):
        return None
    if found and through is not None:
        held = owners((entry.inode for entry in found), port, through)
        return name_of(held[0]) if held else None
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
            if connection.pid is None:
                return "a process of another user"
            return name_of(connection.pid)
    return None


def name_of(pid: int) -> str:
    """``command (pid N)``."""
    try:
        process = psutil.Process(pid)
        return f"{' '.join(process.cmdline())[:80] or process.name()} (pid {process.pid})"
    except (psutil.Error, OSError):
        return f"pid {pid}"


def in_close_wait(
    pids: Iterable[int] | None,
    port: int,
    remote_port: int,
    through: socket.socket | None = None,
) -> bool:
    """Whether a socket from server ``port`` to client ``remote_port`` is in CLOSE_WAIT.

    ``pids``: whose sockets to look at; None: everybody's.
    """
    if pids is not None:
        return any(p == port and r == remote_port for _, p, r in held_by(pids, CLOSE_WAIT, through))
    return any(p == port and r == remote_port for _, p, r in _everybodys(CLOSE_WAIT))


def _everybodys(state: int) -> list[tuple[str, int, int]]:
    """The sockets of this system in ``state``: address, port, the peer's port (0 if none)."""
    try:
        return [(e.host, e.port, e.remote_port) for e in in_state(state)]
    except Unavailable:
        return _all_by_psutil(state)


# --- a server that somebody else runs -----------------------------------------------------------


def takes(bound: str, host: str) -> bool:
    """Whether a listener that is bound to ``bound`` takes connections to the address ``host``.

    One on all IPv6 addresses counts for IPv4 as well, since it usually takes them too.
    """
    bound, host = bound.removeprefix("::ffff:"), host.removeprefix("::ffff:")
    return bound in (host, "::") or (bound == "0.0.0.0" and ":" not in host)


def listens(host: str, port: int) -> bool:
    """Whether anybody on this machine listens at this address."""
    return any(p == port and takes(bound, host) for bound, p, _ in _everybodys(LISTEN))


def bound_to(port: int) -> list[str]:
    """The addresses of this machine on which somebody listens on ``port``."""
    return sorted({bound for bound, p, _ in _everybodys(LISTEN) if p == port})


def owners_of(host: str, port: int) -> set[int]:
    """The processes that hold the listener at this address, as far as the system tells us."""
    try:
        entries = in_state(LISTEN)
    except Unavailable:
        pids = psutil.pids()
        return {
            pid
            for pid in pids
            if any(p == port and takes(bound, host) for bound, p, _ in _by_psutil([pid], LISTEN))
        }
    inodes = {e.inode for e in entries if e.port == port and takes(e.host, host)}
    return {pid for pid in psutil.pids() if inodes & inodes_of(pid)} if inodes else set()


def strangers(port: int) -> int:
    """Connections to ``port`` of this machine that somebody else than this process has opened."""
    ours = {local for _, local, peer in held_by([os.getpid()], ESTABLISHED) if peer == port}
    # Of these the client has closed its end, and the server does not know it yet.
    ours |= {local for _, local, peer in _everybodys(FIN_WAIT1) if peer == port}
    return sum(p == port and peer not in ours for _, p, peer in _everybodys(ESTABLISHED))


def untaken(client: socket.socket) -> int | None:
    """Bytes that ``client``, which has half-closed, sent and the server has not read yet.

    They wait in either system's buffers; the end counts as one.  None when that cannot be told.
    """
    try:
        ours, theirs = client.getsockname()[:2], client.getpeername()[:2]
        with _asking(client.through if isinstance(client, Elsewhere) else None) as diag:
            server = _find(diag, client.family, theirs, ours)
            waiting = _find(diag, client.family, ours, theirs)
    except (Unavailable, OSError):
        return None
    if server is None:
        return None
    return server.unread + (waiting.unacknowledged if waiting else 0)
