"""The line that a cause is about, in Python: a finder for each cause, on the parsed program."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable

from harness.diagnosis.where import calls, ends, loops
from harness.diagnosis.where.tree import Tree

Finder = Callable[[Tree], Iterable[ast.AST]]

FINDERS: dict[str, Finder] = {**loops.FINDERS, **ends.FINDERS, **calls.FINDERS}
"""By the id of the cause; each yields what could be meant."""


def lines(cause: str, source: str, language: str) -> list[int]:
    """The numbers of the lines that could be meant; none for a file that is no Python."""
    finder = FINDERS.get(cause)
    if finder is None:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = Tree(ast.parse(source))
        return [node.lineno for node in finder(tree) if isinstance(node, (ast.expr, ast.stmt))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
