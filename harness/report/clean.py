"""Numbers and text from outside, made fit to read and safe to show."""

from __future__ import annotations

import unicodedata


def plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def seconds(s: float) -> str:
    """``85 ms``, ``2.4 s``, ``3 min 12 s``."""
    if s < 0.1:
        return f"{s * 1000:.0f} ms"
    if s < 60:
        return f"{s:.1f} s"
    return f"{int(s // 60)} min {int(s % 60)} s"


def size(n: float) -> str:
    """``512 bytes``, ``1.5 MiB``."""
    if n < 1024:
        return plural(int(n), "byte")
    for unit in ("KiB", "MiB"):
        n /= 1024
        if n < 1024:
            return f"{n:.1f} {unit}"
    return f"{n / 1024:.1f} GiB"


def printable(text: str) -> str:
    """``text`` with nothing in it that acts on a terminal; newlines and tabs stay.

    Output of the target is sanitised where it is read.  This is for all text, as a report may
    come from a file, and a command line may hold anything.
    """
    return "".join(c if c.isprintable() or c in "\n\t" else _substitute(c) for c in text)


def one_line(text: str) -> str:
    """``printable``, on one line."""
    return " ".join(printable(text).split())


def command_line(text: str) -> str:
    """A command to copy: every space in it may matter."""
    return printable(text).strip()


def _substitute(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def middle_out(lines: list[str], limit: int) -> list[str]:
    """At most ``limit`` lines: the first, a line that says how many are left out, the last."""
    if len(lines) <= limit:
        return lines
    head = limit // 2
    tail = limit - head - 1
    return [*lines[:head], f"... {len(lines) - head - tail} more ...", *lines[-tail:]]
