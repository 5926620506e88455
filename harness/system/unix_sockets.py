"""The system's Unix stream sockets: who listens where, and what is at the other end.

Linux tells of them through sock_diag(7), as unix_diag; where that is lacking, /proc/net/unix tells
less: of our own network, and not how many wait.

``through``: a socket that was made in another network, whose sockets are meant then.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

import psutil
from msgspec import Struct

from harness.system import sock_diag
from harness.system.proc import inodes_of
from harness.system.sock_diag import ESTABLISHED, LISTEN, Unavailable
from harness.system.sockets import Queues
from harness.values.address import LONGEST_PATH, UnixAddress

# <linux/unix_diag.h>
_REQUEST = struct.Struct("=BBHLLLLL")
_MESSAGE = struct.Struct("=BBBBLLL")
_ATTRIBUTE = struct.Struct("=HH")
_SHOW_NAME, _SHOW_FILE, _SHOW_PEER, _SHOW_QUEUES = 0x1, 0x2, 0x4, 0x10
_NAME, _FILE, _PEER, _QUEUES = 0, 1, 2, 4
_ANY = 0xFFFFFFFF
_TABLE = "/proc/net/unix"
_ACCEPTS = 0x10000
"""SO_ACCEPTCON in the flags of /proc/net/unix."""


class UnixSocket(Struct, frozen=True, gc=False):
    """A Unix stream socket of the system."""

    inode: int
    name: str
    """As it was given to bind(2), an abstract one with ``@``; of an accepted one, its listener's;
    empty for a client's."""
    file: int | None = None
    """The inode of its file, or the lower half of that; None: it has none, or it is not told."""
    peer: int | None = None
    """The inode of the socket at the other end; 0 once that is closed, None where there is none."""
    queues: tuple[int, int] | None = None
    """Of a listener: how many wait for accept(), and how many listen(2) said; else bytes.  None:
    not told."""


# --- listeners ----------------------------------------------------------------------------------


def listening(through: socket.socket | None = None) -> list[UnixSocket]:
    """All Unix stream sockets that listen."""
    try:
        return _in_state(LISTEN, through)
    except Unavailable:
        return [] if through is not None else _from_table()


def listeners(pids: Iterable[int], through: socket.socket | None = None) -> list[UnixAddress]:
    """Where ``pids`` listen, sorted; a relative path is told as an absolute one."""
    found = listening(through)
    if not found:
        return []
    names: set[str] = set()
    for pid in pids:
        ours = inodes_of(pid)
        names |= {_absolute(entry.name, pid) for entry in found if entry.inode in ours}
    return [UnixAddress(name) for name in sorted(names - {""})]


def listening_on(
    pids: Iterable[int], address: UnixAddress, through: socket.socket | None = None
) -> set[int]:
    """The inodes of the sockets of ``pids`` that listen at ``address``."""
    at = {entry.inode for entry in _at(address, listening(through))}
    return at.intersection(set().union(*map(inodes_of, pids))) if at else set()


def listens(address: UnixAddress) -> bool:
    """Whether anybody on this machine listens there."""
    return bool(_at(address, listening()))


def owners_of(address: UnixAddress) -> set[int]:
    """The processes that hold the listener there, as far as the system tells us."""
    inodes = {entry.inode for entry in _at(address, listening())}
    return {pid for pid in psutil.pids() if inodes & inodes_of(pid)} if inodes else set()


def queues(address: UnixAddress, through: socket.socket | None = None) -> Queues | None:
    """What waits for accept() there; None if nobody tells.

    Linux takes one more than listen(2) said.
    """
    found = [entry.queues for entry in _at(address, listening(through)) if entry.queues]
    if not found:
        return None
    waiting, limits = zip(*found, strict=True)
    return Queues(max(waiting), 1 + min(limits), len(found))


def _at(address: UnixAddress, found: Iterable[UnixSocket]) -> list[UnixSocket]:
    """Those that are bound there: by their name, or by their file, whatever name led to it."""
    file = None
    if not address.abstract:
        with contextlib.suppress(OSError, ValueError):
            file = os.stat(address.path).st_ino & _ANY
    return [
        entry
        for entry in found
        if (
            entry.name == address.path if entry.file is None or file is None else entry.file == file
        )
    ]


def _absolute(name: str, pid: int) -> str:
    if not name or name.startswith(("/", "@")):
        return name
    with contextlib.suppress(OSError):
        path = os.path.normpath(os.path.join(os.readlink(f"/proc/{pid}/cwd"), name))
        fits = len(os.fsencode(path)) <= LONGEST_PATH
        return path if fits else f"/proc/{pid}/cwd/{name}"
    return name


# --- connections --------------------------------------------------------------------------------


def peer_of(inode: int, through: socket.socket | None = None) -> int | None:
    """The inode of the other end of socket ``inode``; 0 once that is closed; None: not told."""
    found = _only(inode, _SHOW_PEER, through)
    return None if found is None else found.peer


def _only(inode: int, show: int, through: socket.socket | None) -> UnixSocket | None:
    what = _REQUEST.pack(socket.AF_UNIX, 0, 0, _ANY, inode, show, _ANY, _ANY)
    try:
        with sock_diag.asking(through) as diag:
            answer = sock_diag.only(diag, what)
    except (Unavailable, OSError):
        return None
    return None if answer is None else _entry(answer)


def unread(inode: int, through: socket.socket | None = None) -> int | None:
    """Bytes that have come to socket ``inode`` and were not read yet; None: not told."""
    found = _only(inode, _SHOW_QUEUES, through)
    return None if found is None or found.queues is None else found.queues[0]


def strangers(address: UnixAddress) -> int:
    """Connections to ``address`` that somebody else than this process has opened."""
    with contextlib.suppress(Unavailable):
        ours = inodes_of(os.getpid())
        accepted = _at(address, _in_state(ESTABLISHED, None))
        return sum(bool(entry.peer) and entry.peer not in ours for entry in accepted)
    return 0


def holds_client(
    pids: Iterable[int], address: UnixAddress, through: socket.socket | None = None
) -> bool:
    """Whether ``pids`` have not closed a connection whose client has closed it."""
    with contextlib.suppress(Unavailable):
        left = {e.inode for e in _at(address, _in_state(ESTABLISHED, through)) if e.peer == 0}
        return bool(left) and not left.isdisjoint(set().union(*map(inodes_of, pids)))
    return False


# --- what the system says -----------------------------------------------------------------------


def _in_state(state: int, through: socket.socket | None) -> list[UnixSocket]:
    show = _SHOW_NAME | _SHOW_FILE | _SHOW_PEER | _SHOW_QUEUES
    what = _REQUEST.pack(socket.AF_UNIX, 0, 0, 1 << state, 0, show, _ANY, _ANY)
    try:
        with sock_diag.asking(through) as diag:
            answers = list(sock_diag.dump(diag, what))
    except OSError as error:
        raise Unavailable from error
    return [_entry(data) for data in answers if data[1] == socket.SOCK_STREAM]


def _entry(data: bytes) -> UnixSocket:
    inode = _MESSAGE.unpack_from(data)[4]
    told: dict[int, bytes] = {}
    at = _MESSAGE.size
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        told[kind] = data[at + _ATTRIBUTE.size : at + size]
        at += max(_ATTRIBUTE.size, (size + 3) & ~3)
    file, peer = (_number(told.get(kind)) for kind in (_FILE, _PEER))
    queues = struct.unpack("=LL", told[_QUEUES]) if _QUEUES in told else None
    return UnixSocket(inode, _name(told.get(_NAME, b"")), file, peer, queues)


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(struct.unpack_from("=L", value)[0])


def _name(raw: bytes) -> str:
    if raw.startswith(b"\0"):
        return "@" + os.fsdecode(raw[1:])
    return os.fsdecode(raw.rstrip(b"\0"))


def _from_table() -> list[UnixSocket]:
    """Num RefCount Protocol Flags Type St Inode Path; the numbers are hexadecimal but for the
    inode."""
    found = []
    with contextlib.suppress(OSError):
        for line in os.fsdecode(Path(_TABLE).read_bytes()).splitlines()[1:]:
            words = line.split(maxsplit=7)
            if len(words) == 8 and int(words[3], 16) & _ACCEPTS and int(words[4], 16) == 1:
                found.append(UnixSocket(int(words[6]), words[7]))
    return found
