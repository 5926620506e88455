"""Doing a task, in the process that is there for it: from a value to a value."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness import fuzzer
from harness.errors import EchoHarnessError, TargetProblem, UsageProblem
from harness.running.engine import run
from harness.settings.run import Settings
from harness.spreading.runs import failed, here
from harness.spreading.tasks import (
    Again,
    Answer,
    Examine,
    Judge,
    Judged,
    Search,
    Task,
    Told,
)
from harness.spreading.wire import sent
from harness.values.events import report_of
from harness.values.report import Report

BUILD_SECONDS = 120.0
OUT = "{out}"
"""Stands for the program that is built."""
SHOWN_OF_BUILD = 2000
"""Characters of what a compiler says: it begins with what matters."""


class Ties(NamedTuple):
    """What ties a task to who asks.

    ``folder``: for its files.  ``asked``: whether no more is wanted.  ``tell``: tells something.
    """

    folder: str
    asked: Callable[[], bool]
    tell: Callable[[Told], None] = lambda told: None


def perform(task: Task, ties: Ties, lacking: str | None = None) -> Answer:
    """Do ``task``.  ``lacking``: what of a cell is missing, in words."""
    with tempfile.TemporaryDirectory(dir=ties.folder, ignore_cleanup_errors=True) as folder:
        if isinstance(task, Judge):
            return _judged(task, Path(folder), ties.asked, lacking)
        from harness.spreading.searching import again, examine, search, unable

        try:
            task = msgspec.structs.replace(task, sent=sent(here(task.settings, task.place)))
        except EchoHarnessError as problem:
            return unable(task, problem)
        match task:
            case Search():
                return search(task, ties.asked, ties.tell)
            case Examine():
                return examine(task, ties.asked)
            case Again():
                return again(task, ties.asked)


def _judged(task: Judge, folder: Path, asked: Callable[[], bool], lacking: str | None) -> Judged:
    settings, root = task.settings, folder / "cases"
    try:
        settings = here(settings, task.place)
        settings = _built(settings, task, folder)
        settings = msgspec.structs.replace(settings, corpus=str(root))
        _put_cases(settings, task, root)
        report = report_of(run(settings, asked))
    except EchoHarnessError as problem:
        report = failed(task.settings, problem)
    report = _as_asked(report, task, settings, root)
    if lacking:
        report = msgspec.structs.replace(report, notices=(*report.notices, _note(lacking)))
    return Judged(report, {path.name: path.read_bytes() for path in root.glob("*/CASE-*.json")})


def _note(lacking: str) -> str:
    return f"it ran beside others and had {lacking}; a fixed port may have been taken"


def _built(settings: Settings, task: Judge, folder: Path) -> Settings:
    """``settings`` with the program that was built in its command.  Raises TargetProblem."""
    if not task.build:
        return settings
    out = str(folder / "program")
    words = [word.replace(OUT, out) for word in task.build]
    try:
        done = subprocess.run(
            words,
            cwd=settings.target.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=BUILD_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _unbuilt(words, f"took longer than {BUILD_SECONDS:.0f} s") from error
    except OSError as error:
        raise _unbuilt(words, f"{words[0]}: {error.strerror}") from error
    if done.returncode:
        said = done.stdout[: 4 * SHOWN_OF_BUILD].decode(errors="replace").replace(out, "program")
        raise _unbuilt(words, f"exit status {done.returncode}:\n{said[:SHOWN_OF_BUILD]}")
    command = tuple(word.replace(OUT, out) for word in settings.target.command)
    target = msgspec.structs.replace(settings.target, command=command)
    return msgspec.structs.replace(settings, target=target)


def _unbuilt(words: list[str], why: str) -> TargetProblem:
    what = shlex.join(words[:1] if words[1].startswith("-") else words[:2])  # cc, go build
    return TargetProblem(f"It could not be built with {what}: {why}", step="build")


def _put_cases(settings: Settings, task: Judge, root: Path) -> None:
    """Have the earlier cases where the run looks for them."""
    if task.kept is None or not task.kept.cases:
        return
    folder = fuzzer.corpus_of(settings.target, settings.label, root).folder
    folder.mkdir(parents=True)
    for name, content in task.kept.cases.items():
        (folder / name).write_bytes(content)


def _as_asked(report: Report, task: Judge, settings: Settings, root: Path) -> Report:
    """``report`` with the names that who asks knows: of the corpus and of the command."""
    kept = task.kept.folder if task.kept else "."
    try:
        ours = str(fuzzer.corpus_of(settings.target, settings.label, root).folder)
    except UsageProblem:
        ours = str(root)
    checks = tuple(
        msgspec.structs.replace(
            check,
            case=check.case and check.case.replace(ours, kept),
            repeat=_words_replaced(check.repeat, ours, kept),
            summary=check.summary.replace(ours, kept),
        )
        for check in report.checks
    )
    target = msgspec.structs.replace(report.target, command=_command(task))
    notices = tuple(notice.replace(ours, kept) for notice in report.notices)
    return msgspec.structs.replace(report, checks=checks, target=target, notices=notices)


def _command(task: Judge) -> str | None:
    target = task.settings.target
    return task.shown or (target.shown if target.command else None)


def _words_replaced(line: str, old: str, new: str) -> str:
    """A command line with ``new`` in place of ``old`` in its words."""
    if old not in line:
        return line
    return shlex.join(word.replace(old, new) for word in shlex.split(line))
