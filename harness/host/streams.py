"""The standard streams of this process: they exist, and their failures are told apart.

If descriptor 0, 1 or 2 is closed, the next socket or pipe gets its number, and our output would go
into that.  Python has no ``sys.stdout`` then.  Where it has one, a failed write is an OSError like
any other, or shows only when the interpreter exits, and replaces the exit code.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import select
import sys
from typing import Any, TextIO

from harness.host.interruption import interruption

_LETTERS = "Az 09 \xb7 \u2713"
"""Text that a usable encoding can write, with replacements; Python accepts some that cannot."""


GLANCE = 0.2
"""Seconds between two looks at whether a signal has asked for an end."""


class OutputError(OSError):
    """Standard output cannot be written to.  ``gone``: because its reader has left.

    Its errno is 0, since click ends a program whose output is a broken pipe with status 1.
    """

    def __init__(self, why: OSError) -> None:
        super().__init__(0, why.strerror)
        self.gone = why.errno == errno.EPIPE


class _Descriptor(io.FileIO):
    """A standard stream's descriptor, which stays open.

    ``heard``: a failure raises OutputError; else it is ignored, as there is nobody to be told.
    """

    def __init__(self, fd: int, *, heard: bool) -> None:
        super().__init__(fd, "w", closefd=False)
        self._heard = heard

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        try:
            written = None
            while written is None:  # somebody who shares the pipe may have made it non-blocking
                self._await_room()
                written = super().write(view[: select.PIPE_BUF])
            return written
        except OSError as error:
            if self._heard:
                raise OutputError(error) from error
            return view.nbytes

    def _await_room(self) -> None:
        """Wait until a small write would not block.

        Raises KeyboardInterrupt when a signal asks for an end meanwhile: the reader may never read,
        and a run only notes signals.
        """
        while not select.select([], [self], [], GLANCE)[1]:
            if interruption.asked():
                raise KeyboardInterrupt


def secure() -> None:
    """Take the descriptors 0 to 2 if they are free, and let ``sys`` have streams on them."""
    take_descriptors()
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stdout is sys.__stdout__:  # otherwise a test or an embedding program has replaced it
        sys.stdout = _stream(1, sys.stdout, heard=True)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _stream(2, sys.stderr, heard=False)


def take_descriptors() -> None:
    """Open /dev/null wherever a standard descriptor is closed.

    For reading: what is written still fails, as it does on one that is closed.
    """
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY)  # the lowest that is free, hence this one
            if opened != fd:
                os.dup2(opened, fd)
                os.close(opened)
            os.set_inheritable(fd, True)


def _stream(fd: int, before: TextIO | None, *, heard: bool) -> TextIO:
    """A text stream on ``fd`` in the encoding of ``before``, which loses what it cannot say."""
    encoding = before.encoding if before is not None else "utf-8"
    lines = not heard or (before is not None and bool(before.line_buffering))
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(fd, heard=heard)),
        encoding=encoding if _usable(encoding) else "utf-8",
        errors="backslashreplace",
        line_buffering=lines,
    )


def _usable(encoding: str) -> bool:
    """Whether any text can be written in ``encoding``."""
    try:
        encoder = codecs.getincrementalencoder(encoding)("backslashreplace")
        return bool(encoder.encode(_LETTERS))
    except (LookupError, UnicodeError, TypeError):
        return False


def silence(stream: TextIO) -> None:
    """Let ``stream`` lead nowhere from now on.

    What is left in its buffer would otherwise fail again when the interpreter exits, which then
    replaces the exit status by 120.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def is_stuck(stream: TextIO) -> bool:
    """Whether a write to ``stream`` would have to wait: nobody reads the pipe, and it is full."""
    try:
        return not select.select([], [stream.fileno()], [], 0)[1]
    except (OSError, ValueError, AttributeError):
        return False
