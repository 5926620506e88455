"""Reading what says something of a target: the files that its command names, ``/proc``."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.launcher.ports import Clues
from harness.values.target import TargetSpec

WORDS = 6
"""Words of a command that are looked at: ``env -S interpreter --option script`` has five."""
MOST_TEXT = 100_000
MOST_SOURCE = 1 << 20
MOST_PROGRAM = 8 << 20
"""Bytes of a file that are read."""
MOST_PROCESSES = 32


def clues_of(spec: TargetSpec, members: Iterable[int] = ()) -> Clues:
    """What the command and the files that it names say.  ``members``: processes that run it."""
    words = [*spec.command]
    for pid in list(members)[:MOST_PROCESSES]:
        words += _command_line(pid)
    texts = [text for text in _sources(spec) if text]
    code = [word for word in spec.command[1:] if "\n" in word or " " in word]
    source = "\n".join([*texts, *code])
    return Clues(tuple(words), source, b"" if source else program_of(spec))


def _sources(spec: TargetSpec) -> Iterator[str]:
    yield from (text for _, text in sources(spec))


def sources(spec: TargetSpec) -> Iterator[tuple[str, str]]:
    """The names and texts of the files that the command names; none that is a program."""
    for word in spec.command[:WORDS]:
        for name in (word, *files_of(word)):
            content = content_of(Path(spec.cwd or ".", name), MOST_SOURCE)
            if content and b"\0" not in content:
                yield Path(name).name, content.decode("utf-8", "replace")


def files_of(word: str) -> tuple[str, ...]:
    """Where the source of ``MODULE:NAME`` may be, as the hosts of handlers in Python write it."""
    if not (found := _HANDLER.match(word)):
        return ()
    stem = found[1].replace(".", "/")
    return (f"{stem}.py", f"{stem}/__init__.py")


_HANDLER = re.compile(r"([^\W\d][\w.]*):[^\W\d]")


def program_of(spec: TargetSpec) -> bytes:
    """The executable itself; not that of an interpreter, which says nothing of what it runs."""
    if len(spec.command) > 1 and spec.command[1].startswith("-"):
        return b""
    found = shutil.which(spec.command[0], path=dict(spec.env).get("PATH"))
    return content_of(Path(spec.cwd or ".", found or spec.command[0]), MOST_PROGRAM)


def text_of(path: Path) -> str:
    """The text of a small ordinary file; of anything else nothing."""
    return content_of(path, MOST_TEXT).decode(errors="ignore")


def content_of(path: Path, most: int) -> bytes:
    """The content of an ordinary file, if it is no larger than ``most``; else nothing.

    A FIFO, a device or a file of ``/proc`` (which claims to be empty) may have no end, or block
    whoever opens it; to open some devices is an order to them.
    """
    with contextlib.suppress(OSError, ValueError):
        about = path.stat()
        if stat.S_ISREG(about.st_mode) and 0 < about.st_size <= most:
            with open(path, "rb", opener=_without_waiting) as file:
                return file.read(most)
    return b""


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _command_line(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes()[:MOST_SOURCE].split(b"\0")
        return [word.decode("utf-8", "replace") for word in words if word]
    return []
