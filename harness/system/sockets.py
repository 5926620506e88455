"""The system's TCP sockets: who listens where, which are left in CLOSE_WAIT.

psutil reads the whole table of the system for either question, and thousands of connections in
TIME_WAIT, which every run leaves behind, make that take a tenth of a second each time.  Linux
answers for one state alone (sock_diag.py), at once; where it does not, psutil is asked.

``through``: a socket that was made in another network, whose sockets are meant then.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from typing import Any, NamedTuple

import psutil

from harness.system import sock_diag
from harness.system.proc import inodes_of
from harness.system.sock_diag import (
    CLOSE_WAIT,
    ESTABLISHED,
    FIN_WAIT1,
    LISTEN,
    Entry,
    Unavailable,
)

_STATUS = {
    ESTABLISHED: psutil.CONN_ESTABLISHED,
    FIN_WAIT1: psutil.CONN_FIN_WAIT1,
    CLOSE_WAIT: psutil.CONN_CLOSE_WAIT,
    LISTEN: psutil.CONN_LISTEN,
}


def held_by(
    pids: Iterable[int],
    state: int,
    through: socket.socket | None = None,
    *,
    port: int | None = None,
) -> list[tuple[str, int, int]]:
    """The sockets of ``pids`` in ``state``: address, port, the peer's port (0 if none).

    ``port``: those at this port are enough.  ``pids`` are not asked for where nobody has any.
    """
    try:
        entries = sock_diag.in_state(state, port=port, through=through)
    except Unavailable:
        return _by_psutil(list(pids), state)
    return [(e.host, e.port, e.remote_port) for e in _of(pids, entries)]


def _of(pids: Iterable[int], entries: list[Entry]) -> list[Entry]:
    """Those of ``entries`` that ``pids`` have open; they are not asked for where nobody has any."""
    ours: set[int] = set().union(*map(inodes_of, pids)) if entries else set()
    return [entry for entry in entries if entry.inode in ours]


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


def listening(pids: Iterable[int], through: socket.socket | None = None) -> list[Entry]:
    """The sockets with which ``pids`` listen; their inodes are 0 where those are not to be had."""
    try:
        return _of(pids, sock_diag.in_state(LISTEN, through=through))
    except Unavailable:
        known = _by_psutil(list(pids), LISTEN)
        return [Entry(0, host, port, "", 0, 0, 0) for host, port, _ in known]


def listeners(pids: Iterable[int], through: socket.socket | None = None) -> list[tuple[str, int]]:
    """The TCP addresses (IP, port) that ``pids`` listen on, sorted by port."""
    return addresses(listening(pids, through))


def addresses(found: Iterable[Entry]) -> list[tuple[str, int]]:
    """The address and port of each, once, sorted by port."""
    return sorted({(one.host, one.port) for one in found}, key=lambda at: (at[1], at[0]))


def listening_on(
    pids: Iterable[int], port: int, through: socket.socket | None = None
) -> set[int] | None:
    """The inodes of the sockets of ``pids`` that listen on ``port``.

    None when inodes are not to be had, but one of them does listen there.
    """
    try:
        entries = sock_diag.in_state(LISTEN, port=port, through=through)
    except Unavailable:
        known = _by_psutil(list(pids), LISTEN)
        return None if any(p == port for _, p, _ in known) else set()
    return {entry.inode for entry in _of(pids, entries)}


def owners(inodes: Iterable[int], port: int, through: socket.socket | None = None) -> list[int]:
    """The processes that have one of the sockets ``inodes`` open, if it listens on ``port`` still.

    Of the processes of other users the system tells nothing.
    """
    wanted = set(inodes)
    try:
        wanted &= {e.inode for e in sock_diag.in_state(LISTEN, port=port, through=through)}
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
                    kind = "datagram socket" if unix.type == socket.SOCK_DGRAM else "socket"
                    found[f"the Unix {kind} {path if path.isprintable() else repr(path)}"] = None
    return list(found)


def unix_paths(pids: Iterable[int]) -> list[str]:
    """The files of all Unix sockets that ``pids`` hold, of whatever type; no abstract ones."""
    found: dict[str, None] = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            process: Any = psutil.Process(pid)
            for unix in process.net_connections("unix"):
                if (path := str(unix.laddr or "")).startswith("/"):
                    found[path] = None
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
        entries = sock_diag.in_state(LISTEN, port=port, through=through)
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
        found = sock_diag.in_state(LISTEN, port=port, through=through)
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
        held = held_by(pids, CLOSE_WAIT, through, port=port)
        return any(p == port and r == remote_port for _, p, r in held)
    return any(p == port and r == remote_port for _, p, r in _everybodys(CLOSE_WAIT))


def _everybodys(state: int) -> list[tuple[str, int, int]]:
    """The sockets of this system in ``state``: address, port, the peer's port (0 if none)."""
    try:
        return [(e.host, e.port, e.remote_port) for e in sock_diag.in_state(state)]
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
        entries = sock_diag.in_state(LISTEN)
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
