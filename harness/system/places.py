"""What the system knows of the place where a target waits for clients, over whatever transport.

``through``: a socket that was made in another network, whose sockets are meant then.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

import psutil

from harness.system import datagrams, sockets, unix_sockets
from harness.system.proc import inodes_of
from harness.system.sock_diag import CLOSE_WAIT
from harness.system.sockets import Queues
from harness.values.address import Address, TcpAddress, UdpAddress, UnixAddress

Through = socket.socket | None


def held(pids: Iterable[int], address: Address, through: Through = None) -> set[int] | None:
    """The inodes of the sockets with which ``pids`` wait at ``address`` (at its port, with TCP and
    UDP).

    None when inodes are not to be had, but one of them does wait there.
    """
    match address:
        case UnixAddress():
            return unix_sockets.listening_on(pids, address, through)
        case UdpAddress():
            return datagrams.bound_to(pids, address.port, through)
        case _:
            return sockets.listening_on(pids, address.port, through)


def owners(inodes: Iterable[int], address: Address, through: Through = None) -> list[int]:
    """The processes that have one of the sockets ``inodes`` open, if it waits there still.

    Of the processes of other users the system tells nothing.
    """
    if isinstance(address, TcpAddress):
        return sockets.owners(inodes, address.port, through)
    wanted = set(inodes)
    return [pid for pid in psutil.pids() if inodes_of(pid) & wanted] if wanted else []


def anywhere(pid: int, through: Through = None) -> bool:
    """Whether ``pid`` waits for clients at all."""
    return bool(
        sockets.listeners([pid], through)
        or unix_sockets.listeners([pid], through)
        or datagrams.bound([pid], through)
    )


def waits(address: Address) -> bool:
    """Whether anybody on this machine waits for clients there."""
    match address:
        case UnixAddress():
            return unix_sockets.listens(address)
        case UdpAddress():
            return bool(datagrams.at(address))
        case _:
            return sockets.listens(*address)


def owners_of(address: Address) -> set[int]:
    """The processes that wait there, as far as the system tells us."""
    match address:
        case UnixAddress():
            return unix_sockets.owners_of(address)
        case UdpAddress():
            inodes = {entry.inode for entry in datagrams.at(address)}
            return {pid for pid in psutil.pids() if inodes & inodes_of(pid)} if inodes else set()
        case _:
            return sockets.owners_of(*address)


def strangers(address: Address) -> int:
    """Connections to ``address`` that somebody else than this process has opened."""
    match address:
        case UnixAddress():
            return unix_sockets.strangers(address)
        case UdpAddress():
            return 0
        case _:
            return sockets.strangers(address.port)


def queues(address: Address, through: Through = None) -> Queues | None:
    """What waits there for accept(); None if nobody tells."""
    match address:
        case UnixAddress():
            return unix_sockets.queues(address, through)
        case UdpAddress():
            return None
        case _:
            return sockets.queues(address.port, through)


def holds_client(pids: Iterable[int], address: Address, through: Through = None) -> bool:
    """Whether ``pids`` have not closed a connection that its client has ended."""
    match address:
        case UnixAddress():
            return unix_sockets.holds_client(pids, address, through)
        case UdpAddress():
            return False
        case _:
            found = sockets.held_by(pids, CLOSE_WAIT, through, port=address.port)
            return any(port == address.port for _, port, _ in found)


def has_released(
    pids: Iterable[int] | None, address: Address, client: int, through: Through = None
) -> bool:
    """Whether the connection of ``client``, which has ended its side, is closed on the other.

    ``client``: its port, or the inode of its Unix socket.  ``pids``: None: somebody else's.
    """
    if isinstance(address, UnixAddress):
        return not unix_sockets.peer_of(client, through)
    return not sockets.in_close_wait(pids, address.port, client, through)
