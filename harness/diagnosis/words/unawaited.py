"""Python's warning that a coroutine was made and never run: the word ``await`` is missing."""

from __future__ import annotations

import re

_WARNING = re.compile(
    r"^(.{1,300}):(\d{1,7}): RuntimeWarning: coroutine '([\w.<>]{1,200})' was never awaited", re.M
)


def never_awaited(output: str) -> str | None:
    """A sentence for the first such warning in ``output``; None where there is none.

    The line that it names is where the coroutine was lost: that of the call, or a later one.
    """
    found = _WARNING.search(output)
    if found is None:
        return None
    file, line, name = found.groups()
    called, place = name.rpartition(".")[2], file.rpartition("/")[2]
    return (
        f"Python warns that the coroutine {called}() was never awaited ({place}, line {line}): "
        "without await before the call it does nothing."
    )
