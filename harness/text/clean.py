"""Numbers and text from outside, made fit to read and safe to show.

What people read has a comma in each number that counts something from 1,000 on (``{n:,}``): bytes,
offsets, sessions, milliseconds.  What is copied or is a name has none: ports, ids of processes,
lines of a source, seeds, the values of options, whatever stands in a command, and the fields of
JSON and CSV.

Two kinds of reader obey what they read.  A terminal obeys control characters: see ``printable``.
A CI system obeys lines of the log: see ``defused``.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# Invisible, although Python counts them as printable.  They can hide in a word, and GitHub's runner
# skips them (.NET compares texts by the rules of a language).
_UNSEEN = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

# GitHub's runner obeys ``::name::`` at the start of a line, after white space too, and the older
# ``##[name]`` anywhere in it.  Azure's agent obeys ``##vso[...]``, TeamCity ``##teamcity[...]``.
# A sequence that colours the line may stand before the colons.  GitLab and Travis obey only what
# holds an escape character.
_COMMAND = re.compile(
    r"(#)#(?=\w*\[)|((?:^|(?<=\r))(?:[^\S\r\n]|\x1b\[[\d;]*[A-Za-z])*:):", re.MULTILINE
)


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
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", text)
    return "".join(c if c.isprintable() or c in "\n\t" else _substitute(c) for c in text)


def one_line(text: str) -> str:
    """``printable``, on one line."""
    return " ".join(printable(text).split())


def command_line(text: str) -> str:
    """A command to copy, so every space stays.

    Two quotes are put inside anything that a CI system would obey.  They mean nothing to a shell,
    since such a word stands in quotes.
    """
    return defused(printable(text).strip(), sharp="''#")


def defused(text: str, *, sharp: str = "# ", colon: str = " :") -> str:
    """``text`` with nothing in it that the log of a CI system obeys.

    ``sharp`` and ``colon`` replace the second character of ``##`` and ``::``.  They are visible,
    since some CI systems skip invisible characters.
    """

    def part(found: re.Match[str]) -> str:
        return "#" + sharp if found[1] else found[2] + colon

    return _COMMAND.sub(part, text)


def shown(text: str) -> str:
    """``text`` that comes from outside, or has a part from outside, safe to print."""
    return defused(printable(text))


def cleaned(value: T) -> T:
    """``value``, a struct or a container, with every string in it ``printable``."""
    return _cleaned(value)  # type: ignore[no-any-return]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, enum.Enum) else printable(value)
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        return msgspec.structs.replace(value, **{n: _cleaned(getattr(value, n)) for n in names})
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    if isinstance(value, list):
        return list(map(_cleaned, value))
    return value


def _substitute(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def middle_out(lines: list[str], limit: int) -> list[str]:
    """At most ``limit`` lines: the first, a line that says how many are left out, the last."""
    if len(lines) <= limit:
        return lines
    head = limit // 2
    tail = limit - head - 1
    return [*lines[:head], f"... {len(lines) - head - tail} more ...", *lines[-tail:]]
