"""The source files of a target: those that its command names, what they import, and what stands
beside a compiled program."""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.constants import python
from harness.launcher.clues import MOST_PROGRAM, WORDS, content_of, files_of
from harness.values.target import TargetSpec

MOST_SOURCE = 128 * 1024
"""Bytes of one source.  Parsing so many may take half a second; a small server has 10 KiB."""
MOST_OF_ALL = 256 * 1024
MOST_FILES = 40
"""Sources: a package with more of them is no small server."""
COMPILED = (".c", ".cc", ".cpp", ".cxx", ".go", ".rs", ".zig")
"""How the source of a program may end."""
OF_FOLDERS = ("main.go", "server.go", "src/main.rs", "index.js", "server.js", "__main__.py")
"""What runs when a command names a folder."""
OF_FOLDERS_TOO = ("go", "node", "deno", "bun", "python")
BUILDERS = ("cargo", "npm", "yarn")
"""What runs the program of the folder that it is started in."""


class Source(NamedTuple):
    """A file with its text."""

    path: Path
    text: str
    tree: ast.Module | None
    """Of a Python program."""


def sources_of(target: TargetSpec) -> Iterator[Source]:
    """Those that can be found; what cannot be read, or is not text, is left out."""
    folder = Path(target.cwd or ".")
    todo = list(_named(target.command, folder))
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
        yield Source(path, text, tree)
        if tree is not None:
            todo += [each for name in python.imported(tree) for each in _files(name, path.parent)]


def _named(command: tuple[str, ...], folder: Path) -> Iterator[Path]:
    words = [part for word in command for part in _parts(word)][:WORDS]
    for word in words:
        yield from (Path(folder, name) for name in (word, *files_of(word)))
    yield from _modules(command, folder)
    yield from _classes(command, folder)
    for word in words[:1]:
        program = Path(folder, word)
        yield from _of_program(program, folder) if "/" in word and program.name else ()
    runs = Path(words[0]).name.rstrip("0123456789.") if words else ""
    folders = [Path(folder, word) for word in words[1:] if os.path.isdir(Path(folder, word))]
    if runs in BUILDERS:
        folders = folders or [folder]
    elif runs not in OF_FOLDERS_TOO:
        folders = []
    yield from (place / name for place in folders for name in OF_FOLDERS)


def _parts(word: str) -> list[str]:
    """The words of a line that is handed to a shell; else the word itself."""
    if " " not in word or "\n" in word:
        return [word]
    try:
        return shlex.split(word)
    except ValueError:
        return [word]


def _of_program(program: Path, folder: Path) -> Iterator[Path]:
    """The sources that a compiled program names, or the one that may stand beside it, where
    compilers for C, Go and Rust put it."""
    named = list(_named_in(program, folder))
    yield from named or _beside(program)


def _named_in(program: Path, folder: Path) -> Iterator[Path]:
    """They may have moved, with the program or from where it was built: paths are looked for as
    they are, and other names near the program and where the command is started."""
    content = content_of(program, MOST_PROGRAM)
    if not content:
        return
    from harness.constants.origins import source_names  # few targets need it

    for name in source_names(content):
        places = (Path(near, name) for near in (program.parent, program.parent.parent, folder))
        yield from [place for place in places if os.path.isfile(place)][:1]


def _beside(program: Path) -> Iterator[Path]:
    bare = program.with_suffix("") if program.suffix else program
    places = [bare.with_name(bare.name + ending) for ending in COMPILED]
    places += [program.parent / name for name in ("main.go", "server.go")]
    if program.parent.name in ("debug", "release"):
        places.append(program.parent.parent.parent / "src" / "main.rs")
    yield from [place for place in places if os.path.isfile(place)][:1]


def _classes(command: tuple[str, ...], folder: Path) -> Iterator[Path]:
    """``-cp FOLDER Name``: ``Name.java`` in that folder, or where the command is started."""
    for option in ("-cp", "-classpath", "--class-path"):
        if option in command[1:-2]:
            at = command.index(option)
            places = [folder, *(Path(folder, place) for place in command[at + 1].split(":"))]
            name = command[at + 2].replace(".", "/") + ".java"
            yield from (place / name for place in places)


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
