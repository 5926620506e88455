"""The files of Unix sockets: a folder for those that the harness offers, and what targets leave.

A server that ends does not take the file of its socket with it, unless it does so itself, and
bind(2) fails for whoever comes next: the path exists.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable

from harness.errors import MachineProblem
from harness.system import sockets, unix_sockets
from harness.values.address import LONGEST_PATH, UnixAddress

STALE = "a socket on which nobody listens any more"
ENDINGS = (".sock", ".socket")
MOVE = "Remove that file, or let the server take another path."
STOP = "Stop that program, or let the target use another path."
REMOVE = (
    "Remove the file; and let the server do so before bind(), or it cannot start again after it "
    "was killed."
)
ROOMS = ("/tmp", "/var/tmp", "/dev/shm")
"""Where a folder may be whose path is short, when the usual one for such things has a long path."""
LONGEST_NAME = len("/1234567890.sock")


class Folder:
    """Where offered sockets may be made; it is made when it is first asked for.

    ``told``: is told of it, to remove it if nobody else does.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self.path: str | None = None
        """None: it was not needed; empty: there can be none."""
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """A path that does not exist; empty where there is no room for it."""
        if self.path is None:
            self.path = _made()
            self.tell()
        return f"{self.path}/{next(self._numbers)}.sock" if self.path else ""

    def tell(self) -> None:
        if self.path:
            self._told(self.path)

    def remove(self) -> None:
        if self.path:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path = None


def _rooms() -> list[str]:
    """Where the folder may be.  ``tempfile.gettempdir()`` would try each with a file of its own,
    which stays if this process is killed just then."""
    wished = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return [*filter(None, wished), *ROOMS]


def _made() -> str:
    for room in _rooms():
        with contextlib.suppress(OSError):
            path = tempfile.mkdtemp(prefix="echo-sock-", dir=room)
            if len(os.fsencode(path)) + LONGEST_NAME <= LONGEST_PATH:
                return path
            os.rmdir(path)
    return ""


def no_room() -> MachineProblem:
    """There can be no folder."""
    return MachineProblem(
        "no folder can be made for the Unix socket of the target: its path must be short.",
        f"Let one of {', '.join(ROOMS)} be writable, or set TMPDIR to a short path.",
        step="launch",
    )


class Left:
    """Files of sockets on which instances have listened, as far as they may be left."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], Callable[[], bool]]] = {}

    def remember(self, address: UnixAddress, lives: Callable[[], bool]) -> None:
        """``lives``: whether the instance does that made it."""
        if not address.abstract and (found := socket_at(address.path)) is not None:
            self._known[address.path] = found, lives

    def remove(self) -> None:
        """Remove those on which nobody listens any more.

        Of a listener in another network the system does not tell us.
        """
        for path, (known, lives) in list(self._known.items()):
            if lives() or unix_sockets.listens(UnixAddress(path)):
                continue
            del self._known[path]
            if socket_at(path) == known:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def socket_at(path: str) -> tuple[int, int] | None:
    """Inode and time of the socket's file that is there; None: there is none.

    The next file may have the same inode.
    """
    with contextlib.suppress(OSError, ValueError):
        about = os.lstat(path)
        if stat.S_ISSOCK(about.st_mode):
            return about.st_ino, about.st_mtime_ns
    return None


_PATH = re.compile(r"[\w.+~-]*(?:/[\w.+~-]+)+|[\w+~-][\w.+~-]*\.sock(?:et)?\b")
"""What may be the path of a socket, among other words."""


def in_the_way(texts: Iterable[str], cwd: str | None) -> tuple[str, str] | None:
    """Why a server cannot make its Unix socket, and what to do; None if nothing is in its way.

    ``texts``: what it wrote, its command and its source, of which one names the path.
    """
    for path in dict.fromkeys(path for text in texts for path in _PATH.findall(text)):
        there = os.path.join(cwd or ".", path)
        if socket_at(there) is None:
            if not (path.endswith(ENDINGS) and os.path.exists(there)):
                continue
            return f"{path}, where the target wants to make its socket, is no socket", MOVE
        owners = unix_sockets.owners_of(UnixAddress(os.path.abspath(there)))
        if owners:
            name = sockets.name_of(min(owners))
            return f"the Unix socket {path}, which the target wants, is held by {name}", STOP
        return f"the path {path} exists: {STALE}", REMOVE
    return None
