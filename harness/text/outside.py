"""What comes from outside: files are read, and values shown, within bounds.

A name that somebody typed may lead to anything: a folder, a device that never ends, a pipe that
nobody writes to.  A value in a file may be ten megabytes long and hold any character.
"""

from __future__ import annotations

import datetime as dt
import os
import reprlib
import stat
from pathlib import Path

from harness.errors import UsageProblem

MOST_SHOWN = 200
"""Characters shown of a value or a message: more would not help to find it in the file."""


# --- files --------------------------------------------------------------------------------------


def read(path: str | Path, *, most: int, advice: str, pipes: bool = True) -> bytes:
    """The content of the file ``path``, of at most ``most`` bytes.

    A pipe that somebody writes to is read to its end, unless ``pipes`` is false.
    Raises UsageProblem, with ``advice``, for whatever else stands there or cannot be read.
    """
    try:
        return _content(path, most, pipes)
    except ValueError as error:  # a NUL, or what the file system's encoding does not have
        raise UsageProblem(f"{shown(str(path))} is no file name: {error}.", advice) from error
    except OSError as error:
        raise UsageProblem(f"{_name(path)} cannot be read: {error.strerror}.", advice) from error
    except _Unfit as problem:
        raise UsageProblem(f"{_name(path)} cannot be read: {problem}.", advice) from problem


class _Unfit(Exception):
    """Something is there, but it is no file that can be read."""


def _content(path: str | Path, most: int, pipes: bool) -> bytes:
    kind = os.stat(path).st_mode  # before it is opened: opening a device may do something
    if stat.S_ISDIR(kind):
        raise _Unfit("it is a folder")
    if not stat.S_ISREG(kind) and not (pipes and stat.S_ISFIFO(kind)):
        raise _Unfit("it is no regular file")
    # Without O_NONBLOCK the system waits here until somebody opens the other end of a pipe.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISFIFO(kind):
            os.set_blocking(descriptor, True)  # its writer may be slower than we are
        parts, left = list[bytes](), most + 1
        while left and (part := os.read(descriptor, min(left, _BLOCK))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(descriptor)
    if not left:
        raise _Unfit(f"it has more than {most:,} bytes")
    if not parts and stat.S_ISFIFO(kind):
        raise _Unfit("it is a pipe that nobody writes to")
    return b"".join(parts)


_BLOCK = 1024 * 1024


def _name(path: str | Path) -> str:
    return clipped(str(path), 4 * MOST_SHOWN)


def place_of(at: int, content: bytes) -> str:
    """Line and column, from 1, of the byte ``at``."""
    before = content[:at]
    return f"line {before.count(10) + 1}, column {len(before) - before.rfind(10)}"


def not_utf8(content: bytes) -> str | None:
    """Where ``content`` is no UTF-8, in words; None if it is."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"{place_of(error.start, content)}: not UTF-8"
    return None


def working_directory() -> Path:
    """Raises UsageProblem when it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageProblem(
            "the working directory does not exist any more.", "Go to a folder that does (cd)."
        ) from error


# --- values -------------------------------------------------------------------------------------


def shown(value: object) -> str:
    """``value`` as Python writes it, on one short line, whatever it is."""
    return clipped(_SHORT.repr(value))


def clipped(text: str, most: int = MOST_SHOWN) -> str:
    """``text`` on one line of printable characters; the middle is left out if it is long."""
    if len(text) > most:
        text = f"{text[: most // 2]} ... {text[-most // 2 :]}"
    return printable(text)


def printable(text: str) -> str:
    """``text`` with an escape in place of every character that is not visible."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def as_toml(value: object) -> str:
    """``value`` as its user wrote it in a TOML file, on one short line, whatever it is."""
    return clipped(_TOML.repr(value))


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxstring = self.maxother = MOST_SHOWN // 2

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write out more than 4,300 digits.
        digits = x.bit_length() * 3 // 10
        return f"a number of some {digits} digits" if digits > 100 else repr(x)


class _Toml(_Short):
    """Where TOML does not look like Python: ``true``, dates, ``{ a = 1 }``."""

    def repr_bool(self, x: bool, level: int) -> str:
        return str(x).lower()

    def repr_date(self, x: dt.date, level: int) -> str:
        return x.isoformat()

    def repr_time(self, x: dt.time, level: int) -> str:
        return x.isoformat()

    repr_datetime = repr_date

    def repr_dict(self, x: dict[str, object], level: int) -> str:
        if not x or level <= 0:
            return "{ ... }" if x else "{}"
        most = list(x.items())[: self.maxdict]
        parts = [f"{clipped(key)} = {self.repr1(item, level - 1)}" for key, item in most]
        return f"{{ {', '.join(parts + ['...'] * (len(x) > len(most)))} }}"


_SHORT = _Short()
_TOML = _Toml()
