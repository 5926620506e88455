"""Files of /proc that are read thousands of times in a run: in as few system calls as it takes.

While one is made another thread may go on, and then takes its time to let this one go on.  So each
that is left out saves more than its own time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

_CHUNK = 16384
_NO_FOLDER, _ONE_FOLDER = 2, 3
"""Links to a folder that holds none or one other: its name, its own ``.``, and the ``..`` of each
that it holds."""
_MOST_KNOWN = 1024
_known: dict[int, list[str]] = {}
"""The threads of processes that were seen to have several, as /proc names them."""


def content(path: str) -> bytes:
    """All of a file, with two system calls fewer than a file object takes.  Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = chunk = os.read(descriptor, _CHUNK)
        while len(chunk) == _CHUNK:
            chunk = os.read(descriptor, _CHUNK)
            found += chunk
        return found
    finally:
        os.close(descriptor)


def of_threads(pid: int, file: str) -> list[bytes]:
    """The content of ``file`` of each thread of ``pid``, main thread first; of those that end
    meanwhile nothing.  Raises OSError when ``pid`` is gone.

    To list a folder takes as long as to read four files, and a server seldom changes its threads.
    So they are remembered: as long as all are there and the folder counts as many (a folder knows
    how many are in it, which is cheap to ask), they are the same.
    """
    folder = f"/proc/{pid}/task"
    links = os.stat(folder).st_nlink
    if links == _ONE_FOLDER:
        return [content(f"{folder}/{pid}/{file}")]
    if (known := _known.get(pid)) and len(known) == links - _NO_FOLDER:
        with contextlib.suppress(OSError):
            return [content(f"{folder}/{task}/{file}") for task in known]
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    tasks = _known[pid] = os.listdir(folder)
    found = []
    for task in tasks:
        with contextlib.suppress(OSError):
            found.append(content(f"{folder}/{task}/{file}"))
    return found


def open_descriptors(pid: int) -> int:
    """How many descriptors ``pid`` has open, and for each thread that waits in accept() perhaps one
    more.  Raises OSError when it is gone.

    Linux 6.2 and later tell it as the size of the folder; before that the size is 0.  That counts
    as well what accept() has reserved for the next client.
    """
    return os.stat(f"/proc/{pid}/fd").st_size or listed_descriptors(pid)


def listed_descriptors(pid: int) -> int:
    """How many descriptors ``pid`` has open, without those that are only reserved.  Raises OSError
    when it is gone."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def inodes_of(pid: int) -> set[int]:
    """The inodes of the sockets that ``pid`` has open; empty when it is gone."""
    found: set[int] = set()
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                what = os.readlink(f"{folder}/{name}")
                if what.startswith(_SOCKET):
                    found.add(int(what[len(_SOCKET) : -1]))
    return found


def has_socket(pid: int, inode: int) -> bool:
    """Whether ``pid`` has the socket ``inode`` open; what most programs open first is looked at
    first."""
    with contextlib.suppress(OSError):
        if os.readlink(f"/proc/{pid}/fd/{_FIRST}") == f"{_SOCKET}{inode}]":
            return True
    return inode in inodes_of(pid)


_FIRST = 3
"""The descriptor that comes behind the standard streams."""
_SOCKET = "socket:["
"""How /proc names a socket; its inode and a bracket follow."""


def have_only(pids: Iterable[int], inodes: set[int]) -> bool:
    """Whether ``pids`` have no socket open but those with ``inodes``.

    That takes some system calls for each process, where to look for connections in one state takes
    a look at every place of the system's table: a millisecond where that is large, and it is
    larger the more memory the machine has.
    """
    return all(inodes_of(pid) <= inodes for pid in pids)
