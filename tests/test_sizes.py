"""A module is read in one go, and a function takes what a reader can keep in mind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HARNESS = Path(__file__).parents[1] / "harness"

MOST_LINES = 300
FIRST_LINES = 25
LONG = re.compile(r"\blong because|why it is long", re.I)
"""What a longer module says in its first lines."""
MOST_PARAMETERS = 6
"""More of them are a value with a name."""

SOURCES = {
    str(path.relative_to(HARNESS)): path.read_text("utf-8")
    for path in sorted(HARNESS.rglob("*.py"))
}


def test_a_long_module_says_why() -> None:
    """Its first lines tell what makes it one thing: a vocabulary, a group, a program."""
    for name, source in SOURCES.items():
        lines = source.splitlines()
        assert len(lines) <= MOST_LINES or LONG.search(" ".join(lines[:FIRST_LINES])), name


def wide(source: str) -> Iterator[str]:
    """The functions in ``source`` that take too many parameters."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if len([a for a in taken if a.arg not in ("self", "cls")]) > MOST_PARAMETERS:
                yield node.name


def test_wide_functions_are_found() -> None:
    """Positional and keyword parameters count, ``self`` does not."""
    assert list(wide("def f(self, a, b, c, /, d, *, e, f): pass")) == []
    assert list(wide("def f(a, b, c, /, d, *, e, f, g): pass")) == ["f"]


def test_a_function_takes_few_parameters() -> None:
    """What belongs together is a frozen value."""
    found = {name: list(wide(source)) for name, source in SOURCES.items()}
    assert not {name: functions for name, functions in found.items() if functions}
