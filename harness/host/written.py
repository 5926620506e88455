"""Files that are written whole or not at all, and the places that are no regular files."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import shutil
import stat
from pathlib import Path

READER_WITHIN = 30.0
"""Seconds without any progress after which the reader of a pipe counts as stuck."""
_CHUNK = 4096
"""Bytes.  Linux's PIPE_BUF: so much fits whenever poll(2) says that a pipe can be written to."""
_OWN = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/(?:self|thread-self|\d+)/fd/\d+")


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by a file with ``data``: a reader sees the old one or the new one.

    What is no regular file (a pipe, a device, a descriptor of this process) is written to as it
    is.  Nothing is left behind by a failure.  Raises OSError.
    """
    if is_special(path):
        _write_into(path, data)
        return
    path = Path(os.path.realpath(path))
    # The temporary name keeps a part of the name only, since that may have its full length.
    temporary = path.with_name(f".{path.name[:32]}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except OSError as error:  # its own words name the temporary file, which nobody knows
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def make_folder(path: Path) -> None:
    """Make the folder ``path``, and those above it, unless it is there; a file can be made in it.

    Raises OSError.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # nobody wanted it to be missing
        words = os.strerror(errno.ENOTDIR)
        raise NotADirectoryError(errno.ENOTDIR, words, str(path)) from error
    _must_take_files(path)


def _must_take_files(folder: Path) -> None:
    """Raise OSError unless a file can be made in ``folder``, which is there.  None stays.

    It is tried: what permissions say is not all (a file system that is read-only, or that has no
    files of ours at all, such as /proc; a quota).
    """
    import tempfile  # who writes nothing does not wait for it

    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:  # its own words name a file that nobody knows
        raise OSError(error.errno, error.strerror, str(folder)) from error


def must_become_folder(path: Path) -> None:
    """Raise OSError unless files can be put into the folder ``path``, which need not be there yet.

    What has to be made for that is taken away again.
    """
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        make_folder(path)
    finally:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def is_special(path: Path) -> bool:
    """Whether ``path`` is there and no regular file, or names a descriptor of this process.

    Raises OSError (a loop of links, a descriptor that is closed, ...).
    """
    own = _OWN.fullmatch(os.path.normpath(path)) is not None
    try:
        return own or not stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _write_into(path: Path, data: bytes) -> None:
    """Write to a pipe or a device, and never wait for a reader that is not there."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO and stat.S_ISFIFO(os.stat(path).st_mode):
            raise OSError(errno.ENXIO, "nobody reads from this pipe", str(path)) from error
        raise
    try:
        _write_all(fd, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    left = memoryview(data)
    while left:
        if not poll.poll(READER_WITHIN * 1000):
            raise OSError(errno.ETIMEDOUT, f"its reader took nothing for {READER_WITHIN:.0f} s")
        with contextlib.suppress(BlockingIOError):
            left = left[os.write(fd, left[:_CHUNK]) :]
