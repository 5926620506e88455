"""The corpus: the cases that are kept, those of each target in a folder of its own.

A case is about one program.  On another program it would pass, and be reported as fixed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from pathlib import Path

from msgspec import Struct

from harness.errors import UsageProblem
from harness.fuzzer import case as cases
from harness.fuzzer.case import BaseCase
from harness.host.written import must_become_folder
from harness.text import outside
from harness.values.address import Transport
from harness.values.target import TargetSpec

GITIGNORE = "*\n"
"""As pytest and Hypothesis do: what a run leaves behind is not committed by accident."""
MOST_OF_NAME = 40


class Corpus(Struct, frozen=True):
    """Where the cases of one target are: the folder ``key`` in ``root``."""

    root: Path
    key: str

    @property
    def folder(self) -> Path:
        return self.root / self.key

    def cases(self) -> list[Path]:
        """The files, sorted by name."""
        return list(cases.corpus(self.folder))

    def strays(self) -> list[Path]:
        """Cases outside the folders: their target is not known."""
        return list(cases.corpus(self.root))

    def save(self, case: BaseCase) -> Path:
        """Write ``case`` and return its path.  Raises UsageProblem."""
        try:
            self._make()
        except OSError as error:
            raise UsageProblem(
                f"the case cannot be written to {self.folder}: {error.strerror}.",
                "Check --corpus.",
            ) from error
        return cases.save(case, self.folder)

    def _make(self) -> None:
        """Make the folders; a new root gets a .gitignore.

        In an existing folder, perhaps a whole project, that file would hide everything.  A user who
        has removed it wants to keep cases under version control.
        """
        new = not self.root.exists() or not any(self.root.iterdir())
        self.folder.mkdir(parents=True, exist_ok=True)
        if new:
            with contextlib.suppress(FileExistsError), (self.root / ".gitignore").open("x") as file:
                file.write(GITIGNORE)


def corpus_of(target: TargetSpec, label: str | None, root: Path) -> Corpus:
    """The corpus in ``root`` of ``target``, which is called ``label`` in a configuration file.

    The folder in which the target is launched counts as seen from ``root``, so that a project
    that is moved, or checked out elsewhere, finds its cases.  Raises UsageProblem when the
    working directory is gone.
    """
    outside.working_directory()
    launched_in = os.path.relpath(os.path.realpath(target.cwd or "."), os.path.realpath(root))
    return Corpus(root, key_of(target, label, launched_in))


def require(target: TargetSpec, label: str | None, root: Path) -> None:
    """Raise UsageProblem unless cases of ``target`` could be kept in ``root``, which somebody has
    named.  Nothing is made yet: a target without a failure leaves no folder."""
    try:
        must_become_folder(corpus_of(target, label, root).folder)
    except OSError as error:
        raise UsageProblem(
            f"--corpus {root} cannot be written to: {error.strerror}.",
            "Name a folder that you may write to; failing plans are kept there.",
        ) from error


def key_of(target: TargetSpec, label: str | None, launched_in: str) -> str:
    """The name of the folder for ``target``: readable, and different for each target.

    A target with a configured name keeps its folder when its command changes.  Without a name,
    another command, working directory or environment makes another target; another port, profile or
    seed does not.

    >>> key_of(TargetSpec(command=("python", "server.py")), None, "..")
    'python-server.py-f2e53272'
    """
    program = ["python" if word == sys.executable else word for word in target.command]
    what: list[object]
    if label is not None:
        readable, what = label, ["name", label, launched_in]
    elif target.connect is not None:
        # Those of TCP were kept before there were others.
        place = [*target.connect]
        tcp = target.connect.transport is Transport.TCP
        readable = ":".join(map(str, place)) if tcp else target.shown
        what = ["connect", *(place if tcp else [target.shown])]
    else:
        readable = _first_words(program)
        what = ["command", program, launched_in, sorted(target.env)]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9._]+", "-", readable)[:MOST_OF_NAME].strip("-.")
    return f"{name or 'target'}-{digest}"


def _first_words(program: list[str]) -> str:
    """The program and what it is given first.  Options and settings may hold what is secret."""
    words = [word for word in program if not word.startswith("-") and "=" not in word]
    return " ".join(os.path.basename(word) for word in words[:2])
