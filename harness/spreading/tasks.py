"""Tasks: what a worker is asked to do and what it tells, as values that a pipe or a network takes.

A task holds no code, only settings, plans and cases.  It goes as MessagePack, and each side checks
what comes against these types.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from harness.fuzzer.bugs import Bug
from harness.fuzzer.collect import Suspect
from harness.fuzzer.datagrams.collect import DatagramSuspect
from harness.fuzzer.events import FuzzSummary
from harness.settings.run import Isolate, Settings
from harness.spreading.wire import Sent, received
from harness.values.report import FuzzStats, Report

LARGEST = 64 * 1024 * 1024
"""Bytes of a task or an answer, as of a report that is read from a file."""


AnySuspect = Suspect | DatagramSuspect


class Place(Struct, frozen=True):
    """Where the one who asks is: a worker elsewhere finds the same files at the same names."""

    folder: str
    """The working directory."""
    python: str
    """The interpreter that runs the harness there; a worker takes its own in its place."""


class Kept(Struct, frozen=True):
    """The corpus of the target, which belongs to who asks."""

    folder: str
    """Its name there, for messages."""
    cases: dict[str, bytes] = {}
    """File name to content: what was found earlier."""


class Wanted(Struct, frozen=True):
    """What every task has."""

    sent: Sent
    place: Place

    @property
    def settings(self) -> Settings:
        """Of the run."""
        return received(self.sent)


class Judge(Wanted, frozen=True, tag=True):
    """Judge one target, as ``echo-harness check`` does."""

    build: tuple[str, ...] = ()
    """A command that makes the program, where ``{out}`` is its file and the command of the target
    begins with ``{out}`` too; empty where nothing is built."""
    shown: str = ""
    """The command in words, where it is not the settings'."""
    kept: Kept | None = None


class Judged(Struct, frozen=True, tag=True):
    """The report of a target, and the cases that were kept of it."""

    report: Report
    cases: dict[str, bytes] = {}


class Search(Wanted, frozen=True, tag=True):
    """Fuzz one target by the seed of ``settings``, and look into nothing that fails."""


class Searched(Struct, frozen=True, tag=True):
    """What came of a search."""

    report: Report
    """Of the target, and of the problem if there was one; it has no verdict on the plans."""
    suspects: tuple[AnySuspect, ...] = ()
    summary: FuzzSummary | None = None
    """None where the search did not begin."""


class Examine(Wanted, frozen=True, tag=True):
    """Look into a plan that failed in a search: confirm it, shrink it, explain it."""

    suspect: AnySuspect


class Examined(Struct, frozen=True, tag=True):
    """What the plan came to.  Without a case it did not fail again."""

    report: Report
    case: bytes | None = None
    bug: Bug | None = None
    often: str = ""
    """In how many runs it showed, in words."""


class Again(Wanted, frozen=True, tag=True):
    """Try a plan that failed in an earlier run."""

    case: bytes
    path: str


class Tried(Struct, frozen=True, tag=True):
    """What the case did this time."""

    report: Report


class Working(Struct, frozen=True, tag=True):
    """How far a search is; it goes on."""

    stats: FuzzStats
    suspect: AnySuspect | None = None
    """Something that has just failed."""


class Lost(Struct, frozen=True, tag=True):
    """No answer: the worker ended without one, or was ended since it took too much."""

    why: str
    advice: str = ""
    whose: str = "target"
    """``target``, or ``harness`` where nobody else can be blamed."""


Task = Judge | Search | Examine | Again
Answer = Judged | Searched | Examined | Tried
Told = Answer | Working | Lost
"""What comes back: ``Working`` any number of times, then one of the others."""


def in_cell(settings: Settings) -> bool:
    """Whether a target has a network and a view of processes of its own."""
    return settings.target.connect is None and settings.isolate is not Isolate.NEVER


def packed(value: Task | Told) -> bytes:
    """``value`` as MessagePack.  Text that is no UTF-8 (names of files) is kept."""
    try:
        return msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, builtin_types=(bytes,))
        return msgspec.msgpack.encode(_encodable(plain))


def task_of(data: bytes) -> Task:
    """Raises msgspec.DecodeError for anything else."""
    task: Task = msgspec.msgpack.decode(data, type=Task)
    return task


def told_of(data: bytes) -> Told:
    """The same for an answer."""
    told: Told = msgspec.msgpack.decode(data, type=Told)
    return told


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
