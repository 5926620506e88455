"""The system's UDP sockets: where a process waits for datagrams.

``through``: a socket that was made in another network, whose sockets are meant then.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from typing import Any

import psutil

from harness.system import sock_diag, sockets
from harness.system.proc import inodes_of
from harness.system.sock_diag import CLOSE, Entry, Unavailable
from harness.values.address import UdpAddress


def bound(pids: Iterable[int], through: socket.socket | None = None) -> list[UdpAddress]:
    """Where ``pids`` wait for anybody's datagrams, sorted by port.

    A socket that has a peer is a client's.
    """
    pids = list(pids)
    try:
        entries = _waiting(through)
    except Unavailable:
        found = _by_psutil(pids) if through is None else set()
    else:
        ours = set().union(*map(inodes_of, pids)) if entries and pids else set()
        found = {UdpAddress(e.host, e.port) for e in entries if e.inode in ours}
    return sorted(found, key=lambda address: (address.port, address.host))


def bound_to(
    pids: Iterable[int], port: int, through: socket.socket | None = None
) -> set[int] | None:
    """The inodes of the sockets with which ``pids`` wait at ``port``.

    None when inodes are not to be had, but one of them does wait there.
    """
    pids = list(pids)
    try:
        there = {entry.inode for entry in _waiting(through, port)}
    except Unavailable:
        return None if any(address.port == port for address in _by_psutil(pids)) else set()
    return there.intersection(set().union(*map(inodes_of, pids))) if there and pids else set()


def at(address: UdpAddress) -> list[Entry]:
    """The sockets of this machine that take datagrams for ``address``."""
    with contextlib.suppress(Unavailable):
        found = _waiting(None, address.port)
        return [entry for entry in found if sockets.takes(entry.host, address.host)]
    return []


def _waiting(through: socket.socket | None, port: int | None = None) -> list[Entry]:
    found = sock_diag.in_state(CLOSE, port=port, through=through, protocol=socket.IPPROTO_UDP)
    return [entry for entry in found if entry.port]


def _by_psutil(pids: Iterable[int]) -> set[UdpAddress]:
    found: set[UdpAddress] = set()
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            process: Any = psutil.Process(pid)
            for udp in process.net_connections("udp"):
                if udp.laddr and not udp.raddr:
                    found.add(UdpAddress(udp.laddr.ip, udp.laddr.port))
    return found
