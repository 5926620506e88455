"""Reports of checkers, and of errors that nobody handled, in what a target wrote.

A server may log what it likes, exceptions that it caught too.  What is told here is what a checker
or the language itself says, in its own form.

An error that says only that a client has gone is none: where each client has a thread or a task, to
let it end is a way to be done with that client, and what the language prints then is no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from harness.diagnosis.words import ASKED_FOR, MOST_LINES, at
from harness.diagnosis.words.python import circumstances
from harness.diagnosis.words.raised import Raised, framed

CHECKERS = frozenset(
    {
        *("AddressSanitizer", "HWAddressSanitizer", "ThreadSanitizer", "MemorySanitizer"),
        *("runtime error", "valgrind", "data race"),
    }
)
"""What UndefinedBehaviorSanitizer says begins with ``runtime error``; ``data race`` is Go's."""
C_LIBRARY = re.compile(
    r"\*\*\* |(free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): "
    r"|double free|corrupted"
)
"""The C library checks its heap and its stack a little, too."""
NO_HARM = re.compile(r"thread leak|detected memory leaks")
"""What is left at the end of a process is the system's to clean up."""
OF_CLIENTS = frozenset(
    {"ECONNRESET", "EPIPE", "ECONNABORTED", "ENOTCONN", "ESHUTDOWN", "ETIMEDOUT", "EHOSTUNREACH"}
)
"""The system's errors for a connection whose client has gone, or is too slow."""
OF_STARTS = frozenset({"EADDRINUSE", "EADDRNOTAVAIL"})
"""Those of a server that cannot start, which other checks judge."""
GONE = re.compile(
    r"(\w+\.)*(ConnectionResetError|BrokenPipeError|ConnectionAbortedError|IncompleteReadError"
    r"|TimeoutError|timeout|SocketTimeoutException|EOFException)$"
)
IN_HANDLER = ("in a handler", "in a transport")
"""Circumstances in which a library has handled the error, and told of it."""
_UNCLOSED = re.compile(r"(\S+):(\d+): ResourceWarning: (unclosed .*)$")
_LISTENERS = re.compile(
    r"\(node:\d+\) (MaxListenersExceededWarning): "
    r"(Possible EventEmitter memory leak detected\. \d+ \w+ listeners added to \[\w*Socket\])"
)
"""Node's warning that the listeners of a connection grow.  Those of what connections share may be
as many as there are clients, each taken away with its own, which is no harm."""
MOST_QUOTED = 12
"""Lines of a report that are quoted."""


class Reported(Struct, frozen=True):
    """One report."""

    checker: bool
    """It is about memory, a race or the like; else about an error that nobody handled."""
    raised: Raised
    quote: str
    """Its first lines."""

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for the same bug, wherever it shows in memory and however often."""
        message = re.sub(r"0x[0-9a-f]+|\d+", "N", self.raised.message)
        return self.raised.kind, message, self.raised.where

    @property
    def told(self) -> str:
        """``ValueError: 7 in thread Thread-1 (server.py:12, in serve)``: what, and where."""
        one = self.raised
        inside = f" {one.circumstance}" if one.circumstance else ""
        where = f" ({one.where})" if one.where else ""
        return f"{one.headline[:160]}{inside}{where}"


def reported(text: str) -> tuple[Reported, ...]:
    """The reports in ``text``, each bug once, oldest first."""
    found: dict[tuple[str, str, str], Reported] = {}
    for one in _all(text.split("\n")[-MOST_LINES:]):
        found.setdefault(one.key, one)
    return tuple(found.values())


def _all(lines: Sequence[str]) -> Iterator[Reported]:
    i = 0
    while i < len(lines):
        if unclosed := _UNCLOSED.match(lines[i]):
            frames = (framed(unclosed[1], unclosed[2]),) if unclosed[1] != "sys" else ()
            yield Reported(
                False, Raised("python", "ResourceWarning", unclosed[3], frames), lines[i]
            )
        if grow := _LISTENERS.match(lines[i]):
            yield Reported(False, Raised("node", grow[1], grow[2], ()), lines[i])
        raised, after = at(lines, i)
        for one in raised:
            kind = _kind(one)
            if kind is not None:
                yield Reported(kind, one, _quote(lines, i, after))
        i = max(after, i + 1)


def _quote(lines: Sequence[str], start: int, end: int) -> str:
    """The report from the line on that tells its circumstance."""
    before = [k for k in range(max(0, start - 3), start) if circumstances(lines[k : k + 1])]
    whole = lines[before[0] if before else start : max(end, start + 1)]
    return "\n".join(whole[:MOST_QUOTED]).rstrip()


def _kind(one: Raised) -> bool | None:
    """Whether it is a checker's report; None where it is none of these."""
    if one.kind in CHECKERS or (one.kind == "error" and C_LIBRARY.match(one.message)):
        return None if NO_HARM.search(one.message) else True
    return False if _is_unhandled(one) and not _is_harmless(one) else None


def _is_unhandled(one: Raised) -> bool:
    match one.language:
        case "python":
            named = one.kind[:1].isupper() or "." in one.kind  # not what another thread has said
            return named and bool(one.circumstance) and one.circumstance not in IN_HANDLER
        case "rust":
            return one.kind == "panic"
        case "go":
            return one.fatal
        case "java":
            return bool(one.circumstance) or one.fatal
        case "node":
            return one.fatal
        case _:
            return False


def _is_harmless(one: Raised) -> bool:
    """It says only that a client has gone, or that the program was told to end."""
    return (
        one.kind in ASKED_FOR
        or one.kind.endswith("Group")
        or one.code in OF_CLIENTS | OF_STARTS
        or GONE.match(one.kind) is not None
    )
