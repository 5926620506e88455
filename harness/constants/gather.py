"""The dictionary of a target: its files found, read within bounds, and what stands in them."""

from __future__ import annotations

from pathlib import Path

from harness.constants import python
from harness.constants.addresses import without_addresses
from harness.constants.sources import Source, sources_of
from harness.launcher.clues import program_of
from harness.values.dictionary import AUTO, EMPTY, NONE, Constant, Dictionary, dictionary
from harness.values.target import TargetSpec


def chosen(choice: str, target: TargetSpec) -> Dictionary:
    """The dictionary that ``choice`` (auto, none or a file) asks for.  Raises UsageProblem."""
    if choice == NONE:
        return EMPTY
    return of_target(target) if choice == AUTO else _of_file(choice)


def require(choice: str) -> None:
    """Raise UsageProblem when ``choice`` is a file that is no dictionary."""
    if choice not in (AUTO, NONE):
        _of_file(choice)


def _of_file(name: str) -> Dictionary:
    from harness.constants import afl  # most targets need one or two kinds of these readers

    return afl.load(name)


def of_target(target: TargetSpec) -> Dictionary:
    """The constants that ``target`` gives away; none for one that runs already.

    Whatever cannot be read is left out.
    """
    if not target.command:
        return EMPTY
    found = [constant for source in sources_of(target) for constant in _constants(source)]
    for number, word in enumerate(_code(target.command), 1):
        if tree := python.tree_of(word):
            found += without_addresses(python.constants(tree, f"argument {number}"), word)
    return dictionary(found or _of_program(target))


def _constants(source: Source) -> list[Constant]:
    name = source.path.name
    if source.tree is not None:
        return without_addresses(python.constants(source.tree, name), source.text)
    from harness.constants import literals

    return without_addresses(literals.constants(source.text, name), source.text)


def _code(command: tuple[str, ...]) -> list[str]:
    """What stands in the command itself, as ``python -c`` takes it."""
    return [word for word in command[1:] if "\n" in word or (" " in word and "(" in word)]


def _of_program(target: TargetSpec) -> list[Constant]:
    """The constants of the executable; an interpreter's say nothing of what it runs."""
    content = program_of(target)
    if not content:
        return []
    from harness.constants import program  # few targets need it

    return program.constants(content, Path(target.command[0]).name)
