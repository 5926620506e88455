"""Causes that show in how blocks with braces lie in each other: loops, ``try`` and ``catch``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

TEXT = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
"""Texts and characters: a brace in them opens nothing."""
LOOP = re.compile(r"\b(while|for)\s*\(")
TAKES = re.compile(r"\.take\(\s*\)")
"""A client, or its work, is taken out of a queue."""
OF_CLIENT = re.compile(r"\bcatch\s*\([^)]*\b(IOException|SocketException|UncheckedIOException)\b")
"""Only what may throw such an error can stand before it: the compiler would refuse others."""


class Block(Struct, frozen=True):
    """From one brace to the other."""

    head: str
    """What stands before it, from the statement or brace before."""
    start: int
    end: int

    def has(self, at: int) -> bool:
        return self.start < at < self.end


def blocks(code: str) -> list[Block]:
    """All blocks of ``code``, the inner before the outer; one that is not closed is left out."""
    found, opened = [], []
    for brace in re.finditer(r"[{}]", code):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            start = opened.pop()
            found.append(Block(_head(code[:start]), start, brace.start()))
    return found


def _head(before: str) -> str:
    """The end of ``before``; semicolons within parentheses belong to it, as those of ``for``."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += (before[at] == ")") - (before[at] == "(")
        if before[at] in "{};" and depth <= 0:
            return before[at + 1 :]
    return before


def worker_without_catch(lines: Sequence[str]) -> Iterator[int]:
    """A loop that takes clients from a queue, and is left by an error of one of them: it is caught
    behind the loop."""
    code = TEXT.sub(lambda found: " " * len(found[0]), "\n".join(lines))
    every = blocks(code)
    for take in TAKES.finditer(code):
        around = [one for one in every if one.has(take.start())]
        loop = next((n for n, one in enumerate(around) if LOOP.search(one.head)), None)
        if loop is None or OF_CLIENT.search(code[around[loop].start : around[loop].end]):
            continue
        tries = [one for one in around[loop + 1 :] if re.search(r"\btry\b", one.head)]
        if any(OF_CLIENT.search(_catches(one, every)) for one in tries):
            yield code.count("\n", 0, take.start()) + 1


def _catches(tried: Block, every: Sequence[Block]) -> str:
    """The heads of the ``catch`` blocks that belong to a ``try``."""
    found, end = "", tried.end
    heads = {one.start - len(one.head): one for one in every if "catch" in one.head}
    while following := heads.get(end + 1):
        found, end = found + following.head, following.end
    return found


OVER_STREAM = re.compile(
    r"\bfor\s+await\s*\(\s*(const|let|var)\s+\w+\s+of\s+(?!(server|lines?|rl)\b)[\w.]+\s*\)"
)
"""A loop over a stream, which destroys it when it is over, with what still waits to be sent."""
DESTROYS = re.compile(r"\.destroy(Soon)?\(")
OF_FAILURE = re.compile(r"\bcatch\b|['\"]error['\"]|\berr(or)?\b")


def destroyed(lines: Sequence[str]) -> Iterator[int]:
    """A loop over the stream; else where it is destroyed, but for the paths of errors."""
    loops = [number for number, line in enumerate(lines, 1) if OVER_STREAM.search(line)]
    if loops:
        yield from loops
        return
    whole = "\n".join(lines)
    every = blocks(TEXT.sub(lambda found: " " * len(found[0]), whole))
    for found in DESTROYS.finditer(whole):
        inner = next((one for one in every if one.has(found.start())), None)
        begin = whole.rfind("\n", 0, found.start()) + 1
        about = whole[begin : found.start()]
        if inner is not None:
            about += whole[inner.start - len(inner.head) : inner.start]
        if not OF_FAILURE.search(about):
            yield whole.count("\n", 0, found.start()) + 1


FINDERS: dict[str, dict[str, Callable[[Sequence[str]], Iterator[int]]]] = {
    "java": {"workers-die": worker_without_catch},
    "node": {"pending-dropped-at-end": destroyed},
}
"""By language and cause; each yields the numbers of lines, from 1."""
