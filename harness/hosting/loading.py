"""Importing a handler by its name."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.hosting.naming import Name


class Unfit(Exception):
    """There is no such handler, or it can't be served.  Its text is one line for the user."""


def load(name: Name) -> tuple[Any, ModuleType]:
    """The handler, and the module that it was looked for in.

    Raises Unfit if there is none of that name, and whatever the module raises when it is imported.
    """
    module = _module(name.module)
    found: Any = module
    where = f"the module {name.module}"
    for part in name.attribute.split("."):
        if not hasattr(found, part):
            raise Unfit(f"{where} has no name {part!r}{_meant(part, dir(found))}")
        found, where = getattr(found, part), part
    return found, module


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if not {"", here} & set(sys.path):  # Python was told not to look here: -P, PYTHONSAFEPATH
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not _concerns(error.name or "", name):
            raise  # it is there, and imports what is not
        files = [path.stem for path in Path().glob("*.py")]
        raise Unfit(
            f"there is no module {error.name!r} in {here}, nor is one installed"
            f"{_meant(name, files)}"
        ) from None


def _concerns(missing: str, name: str) -> bool:
    """Whether ``missing`` is the module ``name`` itself, or a package that it should be in."""
    return f"{name}.".startswith(f"{missing}.")


def _meant(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def frames_of_user(error: BaseException) -> None:
    """Leave out of the traceback of ``error`` how the host and the import got there."""
    ours = (os.path.dirname(__file__), os.path.dirname(importlib.__file__))
    trace = error.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename, ours):
        trace = trace.tb_next
    error.__traceback__ = trace


def _is_ours(file: str, folders: tuple[str, ...]) -> bool:
    return file.startswith("<frozen importlib") or os.path.dirname(file) in folders
