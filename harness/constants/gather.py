"""The dictionary of a target: its files found, read within bounds, and what stands in them."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.constants import afl, literals, program, python
from harness.launcher.clues import MOST_PROGRAM, WORDS, content_of, files_of
from harness.values.dictionary import AUTO, EMPTY, NONE, Constant, Dictionary, dictionary
from harness.values.target import TargetSpec

MOST_SOURCE = 128 * 1024
"""Bytes of one source.  Parsing so many may take half a second; a small server has 10 KiB."""
MOST_OF_ALL = 256 * 1024
MOST_FILES = 40
"""Sources: a package with more of them is no small server."""


def chosen(choice: str, target: TargetSpec) -> Dictionary:
    """The dictionary that ``choice`` (auto, none or a file) asks for.  Raises UsageProblem."""
    if choice == NONE:
        return EMPTY
    return of_target(target) if choice == AUTO else afl.load(choice)


def require(choice: str) -> None:
    """Raise UsageProblem when ``choice`` is a file that is no dictionary."""
    if choice not in (AUTO, NONE):
        afl.load(choice)


def of_target(target: TargetSpec) -> Dictionary:
    """The constants that ``target`` gives away; none for one that runs already.

    Whatever cannot be read is left out.
    """
    if not target.command:
        return EMPTY
    found = [constant for source in _sources(target) for constant in source.constants()]
    for number, word in enumerate(_code(target.command), 1):
        if tree := python.tree_of(word):
            found += python.constants(tree, f"argument {number}")
    return dictionary(found or _of_program(target))


class _Source(NamedTuple):
    path: Path
    text: str
    tree: ast.Module | None
    """Of a Python program."""

    def constants(self) -> list[Constant]:
        if self.tree is not None:
            return python.constants(self.tree, self.path.name)
        return literals.constants(self.text, self.path.name)


def _sources(target: TargetSpec) -> Iterator[_Source]:
    """The files that the command names, and the Python modules beside them that they import."""
    folder = Path(target.cwd or ".")
    todo = [
        Path(folder, name) for word in target.command[:WORDS] for name in (word, *files_of(word))
    ]
    todo += _modules(target.command, folder)
    seen: set[Path] = set()
    left = MOST_OF_ALL
    while todo and len(seen) < MOST_FILES and left > 0:
        path = todo.pop(0)
        if path in seen:
            continue
        content = content_of(path, min(MOST_SOURCE, left))
        if not content or b"\0" in content:
            continue
        seen.add(path)
        left -= len(content)
        text = content.decode("utf-8", "replace")
        tree = python.tree_of(text) if path.suffix in ("", ".py", ".pyw") else None
        yield _Source(path, text, tree)
        if tree is not None:
            todo += [each for name in python.imported(tree) for each in _files(name, path.parent)]


def _modules(command: tuple[str, ...], folder: Path) -> list[Path]:
    """The files of the module that ``python -m`` runs, where it stands in the working directory."""
    if "-m" not in command[1:-1]:
        return []
    name = command[command.index("-m", 1) + 1]
    inside = folder.joinpath(*name.split("."))
    return [inside / "__main__.py", inside.with_suffix(".py")]


def _files(name: str, folder: Path) -> list[Path]:
    """Where the module ``name`` may stand, seen from a module in ``folder``."""
    if not name.replace(".", "").isidentifier():
        return []
    inside = folder.joinpath(*name.split("."))
    return [inside.with_suffix(".py"), inside / "__init__.py"]


def _code(command: tuple[str, ...]) -> list[str]:
    """What stands in the command itself, as ``python -c`` takes it."""
    return [word for word in command[1:] if "\n" in word or (" " in word and "(" in word)]


def _of_program(target: TargetSpec) -> list[Constant]:
    """The constants of the executable; an interpreter's say nothing of what it runs."""
    first = target.command[0]
    if len(target.command) > 1 and target.command[1].startswith("-"):
        return []
    path = shutil.which(first, path=dict(target.env).get("PATH")) or first
    where = Path(target.cwd or ".", path)
    return program.constants(content_of(where, MOST_PROGRAM), where.name)
