"""The servers of the exam: what each has, where it comes from, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain
from pathlib import Path

from tests import good, unseen, zoo
from tests.grid import Job
from tests.proof import runs
from tests.proof.detection import DUE
from tests.proof.exam import Group, Server, group_of
from tests.proof.runs import Work


@dataclass(frozen=True)
class Candidate:
    """A server to be examined: what it has, and how it is run."""

    server: Server
    source: Path
    command: Callable[[Path], Sequence[str]]
    """Compiles it into a folder if it must be; raises RuntimeError if that fails."""
    options: Sequence[str] = ()
    missing: str = ""
    """Why it cannot be run here."""

    def work(self, raw: Path, command: Sequence[str]) -> Work:
        """The run to make; what it needs has its place in the folder ``raw``."""
        name = self.server.name
        job = Job(
            name,
            command,
            ("--corpus", str(raw / "corpus" / name), *self.options),
            cwd=raw / "cwd" / name,
            quiet=False,
        )
        return Work(job, self.source)


def candidates(groups: Sequence[Group] = tuple(Group), pattern: str = "*") -> list[Candidate]:
    """Those of ``groups`` whose name fits."""
    everybody = chain(_of_zoo(), _of_unseen(), _of_good())
    return [
        one
        for one in everybody
        if one.server.group in groups and fnmatchcase(one.server.name, pattern)
    ]


def _of_zoo() -> Iterator[Candidate]:
    for one in zoo.inhabitants():
        yield Candidate(
            Server(one.name, group_of(one.name), one.causes, one.beside),
            one.path,
            partial(zoo.command, one),
            (*runs.promise(one), *(runs.SEARCH if runs.searched(one) else ())),
            zoo.missing_tool(one) or "",
        )


def _of_unseen() -> Iterator[Candidate]:
    groups = {
        "broken": Group.UNSEEN,
        "second": Group.SECOND,
        "third": Group.THIRD,
        "fourth": Group.FOURTH,
        "fifth": Group.FIFTH,
        "sixth": Group.SIXTH,
        "seventh": Group.SEVENTH,
        "eighth": Group.EIGHTH,
        "ninth": Group.NINTH,
        "tenth": Group.TENTH,
        "eleventh": Group.ELEVENTH,
        "twelfth": Group.TWELFTH,
        "thirteenth": Group.THIRTEENTH,
        "fourteenth": Group.FOURTEENTH,
        "several": Group.SEVERAL,
        "datagrams": Group.DATAGRAMS,
        **dict.fromkeys(unseen.GOOD, Group.CORRECT),
    }
    for one in unseen.servers():
        # What is accepted too belongs to the bug where there is one; else nobody knows to which.
        alone = len(one.bugs) == 1
        bugs = ((*one.bugs[0], *one.also),) if alone else one.bugs
        other = one.beside if alone else (*one.also, *one.beside)
        beside = tuple((cause,) for cause in other)
        yield Candidate(
            Server(one.name, groups[one.folder], bugs, beside),
            one.path,
            partial(unseen.command, one),
            unseen.options(one),
            ", ".join(f"{tool} not found" for tool in unseen.missing_tools(one)),
        )


def _of_good() -> Iterator[Candidate]:
    for one in good.servers():
        due = tuple(("restart-fails",) for name, _ in DUE if name == one.name)
        yield Candidate(
            Server(one.name, Group.CORRECT, beside=due),
            one.path,
            partial(good.command, one),
            missing=good.missing_tool(one) or "",
        )
