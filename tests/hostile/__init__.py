"""Targets and environments that mean no good, each with the outcome that is right for it.

The zoo (``tests/zoo``) breaks the echo contract.  These break the harness, if they can: they stop
the process that watches them, write into the terminal, hide from it, or leave it without memory,
descriptors or a place to write to.  Whatever they do, a run ends in time with a true verdict, one
clear message and nothing left behind.

A `Hostile` is a target, or a correct target in a hostile environment.  The lists stand in the
modules beside this one: ``wardens``, ``processes``, ``listeners``, ``words``, ``streams``,
``commands`` and ``environments``.  An eighth of them is tried with the other tests, all of them by
``tox -e hostile``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

FEW = ("--only", "launch/listens", "--only", "identity/hello", "--only", "shutdown/after-echo")
"""Checks that are enough to see what a target does to a run."""
SHORT = (*FEW, "--fuzz", "0", "--patience", "1")
GOOD = frozenset({0})
CONFORMING, FAILED, USAGE, UNTESTABLE, UNDECIDED = 0, 1, 2, 3, 4


class Hostile(NamedTuple):
    """One of them, and what is right."""

    name: str
    why: str
    """What it does, in a sentence."""
    source: str = "serve()\n"
    """A Python program; the names of ``echo.py`` are there without an import."""
    codes: frozenset[int] = GOOD
    """The exit codes that are right."""
    says: tuple[str, ...] = ()
    """What the user must read, on stdout or stderr."""
    options: tuple[str, ...] = SHORT
    command: tuple[str, ...] = ()
    """Instead of ``python SOURCE``; ``{folder}`` and ``{server}`` are filled in."""
    env: Mapping[str, str] = {}
    prefix: tuple[str, ...] = ()
    """Words before the harness's own command line."""
    prepare: Callable[[Path], None] | None = None
    """Done in the folder of the run before it begins."""
    needs: Callable[[], str | None] = lambda: None
    """Why it cannot be tried here, if it cannot."""
    report: bool = True
    """Whether a report must have been written."""
    wide: bool = False
    """It is slow by nature, and tried with the slow tests only."""
    encoding: str = "utf-8"
    """Of what is printed."""


def target(
    name: str, why: str, source: str, *codes: int, says: str | tuple[str, ...] = (), **more: object
) -> Hostile:
    """A hostile program: ``source`` is unindented; without ``codes`` it must be conforming."""
    return Hostile(
        name,
        why,
        textwrap.dedent(source).lstrip("\n"),
        codes=frozenset(codes) or GOOD,
        says=(says,) if isinstance(says, str) else says,
        **more,  # type: ignore[arg-type]
    )
