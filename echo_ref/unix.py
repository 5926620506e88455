"""Listening on a Unix socket, and what becomes of its file.

The name of a Unix socket is a file, which stays when its server has gone: the next one then finds
its address in use. A name that begins with @ is a name only, without a file (Linux).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat


class UnixListener:
    """A socket that listens on `path`, and its file, if it has one.

    `path` is "@name" for a name without a file; "./@name" is a file again. Raises `OSError` if the
    name is in use, too long (107 bytes on Linux) or not allowed.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: os.stat_result | None = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._bind()
            self.socket.listen()
        except BaseException:
            self.remove_file()
            self.socket.close()
            raise

    def _bind(self) -> None:
        if self.path.startswith("@"):
            self.socket.bind("\0" + self.path[1:])
            return
        try:
            self.socket.bind(self.path)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            must_be_left_behind(self.path)
            os.unlink(self.path)
            self.socket.bind(self.path)
        self._file = os.lstat(self.path)

    def remove_file(self) -> None:
        """Remove the file, unless somebody else has put another one in its place meanwhile."""
        with contextlib.suppress(OSError):
            if self._file is not None and os.path.samestat(os.lstat(self.path), self._file):
                os.unlink(self.path)


def must_be_left_behind(path: str) -> None:
    """Return if `path` is the socket of a server that has gone: then nobody misses the file.

    Raises `FileExistsError` if it is no socket, and `OSError` if somebody has that socket open, or
    if that can't be found out.
    """
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, "there is a file, which is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        # To connect as a client would use up a server that serves only one. This socket is of the
        # other type, so it can't connect, and the server notices nothing.
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return  # nobody has it open
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:
                raise
    raise OSError(errno.EADDRINUSE, "another program has this socket open")
