"""The line that a cause is about, in Python: a finder for each cause, on the parsed program."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from harness.diagnosis.where import calls, ends, loops, pace, sharing, texts, threads
from harness.diagnosis.where.tree import Finder, Tree

PLACED = (ast.expr, ast.stmt, ast.excepthandler)
"""Parts of a program that stand in a line."""

FINDERS: dict[str, Finder] = {
    **loops.FINDERS,
    **ends.FINDERS,
    **calls.FINDERS,
    **pace.FINDERS,
    **sharing.FINDERS,
    **texts.FINDERS,
    **threads.FINDERS,
}
"""By the id of the cause; each yields what could be meant."""


def lines(cause: str, source: str, language: str) -> list[int]:
    """The numbers of the lines that could be meant; none for a file that is no Python."""
    finder = FINDERS.get(cause)
    if finder is None:
        return []
    try:
        tree = _tree(source)
        return [node.lineno for node in finder(tree) if isinstance(node, PLACED)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


@lru_cache(maxsize=4)
def _tree(source: str) -> Tree:
    """Parsed once for all the causes that are looked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Tree(ast.parse(source))
