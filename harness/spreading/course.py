"""A course's folder: files that are servers, found by a pattern, each run as its kind is run.

A file that is executable and says what it is (``#!``, or a program of the system) is run as it
stands.  The others are run by what runs their kind; a program that must be compiled is built once.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from harness.errors import UsageProblem
from harness.spreading.java import main_class
from harness.text import outside

FILE, OUT = "{file}", "{out}"
RUN: Mapping[str, tuple[str, ...]] = {
    ".py": (sys.executable, FILE),
    ".js": ("node", FILE),
    ".mjs": ("node", FILE),
    ".cjs": ("node", FILE),
    ".java": ("java", FILE),
    ".jar": ("java", "-jar", FILE),
    ".rb": ("ruby", FILE),
    ".pl": ("perl", FILE),
    ".php": ("php", FILE),
    ".lua": ("lua", FILE),
    ".sh": ("sh", FILE),
}
BUILD: Mapping[str, tuple[str, ...]] = {
    ".go": ("go", "build", "-o", OUT, FILE),
    ".c": ("cc", "-O1", "-pthread", "-o", OUT, FILE),
    ".cpp": ("c++", "-O1", "-pthread", "-o", OUT, FILE),
    ".rs": ("rustc", "-o", OUT, FILE),
}
"""By the end of its name: what runs a file, and what makes a program of it."""
JAVA = ".java"
MOST_OF_SOURCE = 1 << 20
"""Bytes of a Java source in which the class with its ``main`` is looked for."""
BEGINNINGS = (b"#!", b"\x7fELF")
"""What the system runs as it stands, if it is executable."""


class Way(NamedTuple):
    """How a file is run: in its own folder, by ``command``, after ``build`` if there is one."""

    command: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    unknown: str = ""
    """Why it cannot be run; then there is no command."""


def is_course(words: Sequence[str]) -> bool:
    """Whether the arguments of ``compare`` are files to run, and not one TOML file.

    One word without a wildcard is a TOML file unless it is the name of a program.
    """
    if len(words) != 1:
        return True
    word = words[0]
    if PurePath(word).suffix.lower() in (*RUN, *BUILD):
        return True
    if "\0" not in word and os.path.lexists(word):
        return os.path.isfile(word) and bool(way(Path(word)).command)
    return glob.has_magic(word)


def found(patterns: Iterable[str]) -> list[Path]:
    """The files that the patterns stand for, each once, in order.

    A shell may have expanded them already.  Raises UsageProblem for a pattern that stands for
    nothing, and for a folder.
    """
    paths: dict[Path, None] = {}
    for pattern in patterns:
        if "\0" in pattern:
            raise UsageProblem(f"{outside.shown(pattern)} is no file name.", "Leave the NUL out.")
        there = [pattern] if os.path.lexists(pattern) else _expanded(pattern)
        files = [Path(path) for path in there if not _in_passing(path, pattern)]
        if not files:
            raise UsageProblem(_nothing(pattern, there), _ADVICE)
        paths |= dict.fromkeys(files)
    return list(paths)


def _in_passing(path: str, pattern: str) -> bool:
    """Whether it is a folder that the pattern happens to fit.  One that has a program's name was
    handed in for a program, and its author is not left out in silence."""
    if not os.path.isdir(path):
        return False
    return path == pattern or PurePath(path).suffix.lower() not in (*RUN, *BUILD)


_ADVICE = "Name the files: echo-harness compare 'submissions/*/server.py'"


def _expanded(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True))


def _nothing(pattern: str, there: Sequence[str]) -> str:
    name = outside.clipped(pattern)
    if there == [pattern]:
        return f"{name} is a directory."
    return f"{name} stands for directories only." if there else f"there is no file {name}."


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """Each path by the shortest name that tells it from the others, without a slash.

    >>> list(named([Path("all/ann/server.py"), Path("all/bob/server.py")]))
    ['ann', 'bob']
    """
    parts = [_apart(path) for path in paths]
    shared = _shared(parts)
    parts = [words[shared:] for words in parts]
    for names in (
        ["-".join(words[:-1]) for words in parts],
        [PurePath(words[-1]).stem for words in parts],
        ["-".join(words) for words in parts],
    ):
        if all(names) and len(set(names)) == len(names):
            return dict(zip(map(_plain, names), paths, strict=True))
    return {f"{number}-{_plain(path.name)}": path for number, path in enumerate(paths, 1)}


def _apart(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path.parts if part not in ("/", ".."))


def _shared(parts: Sequence[tuple[str, ...]]) -> int:
    """How many folders all have in common; the file's own name is never one of them."""
    shared = 0
    while all(len(words) > shared + 1 for words in parts) and len(
        {words[shared] for words in parts}
    ) == (1 if len(parts) > 1 else 0):
        shared += 1
    return shared


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() and c not in "{}/\\" else "_" for c in name)


def way(path: Path) -> Way:
    """How the file at ``path`` is run, in its own folder."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return Way(unknown="its name is no UTF-8")
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            return Way(unknown="it is a folder")
        if not stat.S_ISREG(kind):  # opening a pipe would wait for its writer
            return Way(unknown="it is no regular file")
        with path.open("rb") as file:
            begins = file.read(MOST_OF_SOURCE if path.suffix.lower() == JAVA else 4)
    except OSError as error:
        return Way(unknown=f"it cannot be read: {error.strerror}")
    return _way(path.name, begins, executable=os.access(path, os.X_OK))


def _way(name: str, begins: bytes, *, executable: bool) -> Way:
    kind = PurePath(name).suffix.lower()
    if executable and begins.startswith(BEGINNINGS):
        return Way((f"./{name}",))
    if kind == JAVA and (name_of := main_class(begins.decode(errors="replace"))):
        # Built once: otherwise each of some dozen launches would be a run of the compiler.
        return Way(("java", "-cp", OUT, name_of), _filled(("javac", "-d", OUT, FILE), name))
    if kind in RUN:
        return Way(_filled(RUN[kind], name))
    if kind in BUILD:
        return Way((OUT,), _filled(BUILD[kind], name))
    if begins.startswith(BEGINNINGS):
        return Way(unknown="it is not executable (chmod +x)")
    what = f"what runs a {kind} file" if kind else "what runs it"
    return Way(unknown=f"it is not known {what}; a first line with #! and chmod +x say so")


def _filled(words: Sequence[str], name: str) -> tuple[str, ...]:
    # A name that begins with a dash would be taken for an option.
    safe = f"./{name}" if name.startswith("-") else name
    return tuple(safe if word == FILE else word for word in words)
