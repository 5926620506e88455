"""From options and file names to who does the work, and to what is to be done."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import UsageProblem
from harness.spreading.crew import MIB, Limits
from harness.text import outside

if TYPE_CHECKING:
    from harness.settings.config import Config
    from harness.settings.run import Settings
    from harness.spreading.course import Way
    from harness.spreading.crew import Crew


class Run(NamedTuple):
    """One target of several."""

    settings: Settings
    build: tuple[str, ...] = ()
    """See `harness.spreading.tasks.Judge`."""
    shown: str = ""
    """Its command in words, where that is not the settings'."""
    unknown: str = ""
    """Why it cannot be run."""


Runs = Mapping[str, Run]


class Spread(NamedTuple):
    """Who does the work, as the user said it."""

    workers: int | None = None
    scheduler: str | None = None
    limits: Limits = Limits()

    @property
    def wanted(self) -> bool:
        """Whether there are workers at all."""
        return self.workers is not None or self.scheduler is not None

    def on_cores(self) -> Spread:
        """The same, with as many workers as there are cores unless the user said something.

        One where servers cannot have networks of their own: two may want the same port.
        """
        from harness.launcher import cell
        from harness.report.sink import tell
        from harness.spreading.pool import cores

        if self.wanted:
            return self
        if cores() > 1 and (why := cell.lacking()) is not None and "network" in why:
            tell(f"note: servers are judged one after another, since each would have {why}")
            return self._replace(workers=1)
        return self._replace(workers=cores())

    def must_fit(self, runs: Mapping[str, Settings]) -> None:
        """Raise UsageProblem for a run that no worker elsewhere can do."""
        for name, run in runs.items() if self.scheduler is not None else ():
            if run.target.connect is not None:
                raise UsageProblem(
                    f"{outside.shown(name)} runs already, at {run.target.shown}: the workers of a "
                    "scheduler launch servers of their own.",
                    "Leave out --scheduler, or give its command.",
                )
            if run.pcap is not None:
                raise UsageProblem(
                    "--pcap writes files where the workers are.", "Leave out --scheduler or --pcap."
                )

    def crew(self, *, fresh: bool) -> Crew:
        """The workers.  Raises UsageProblem, ClusterProblem."""
        if self.scheduler is not None:
            from harness.spreading.cluster import Cluster

            return Cluster(self.scheduler, self.limits, fresh=fresh)
        from harness.spreading.pool import Pool

        return Pool(self.workers or 1, self.limits, fresh=fresh)


def chosen(options: Mapping[str, Any]) -> Spread:
    """What the options say.  Raises UsageProblem."""
    if options["workers"] is not None and options["scheduler"] is not None:
        raise UsageProblem(
            "both --workers and --scheduler were given.",
            "A scheduler has workers of its own; leave one of them out.",
        )
    seconds = options.get("time_limit", Limits().seconds)
    limits = Limits(seconds=seconds, memory=options["memory_limit"] * MIB)
    return Spread(options["workers"], options["scheduler"], limits)


def submissions(patterns: Sequence[str], options: Mapping[str, Any]) -> Runs:
    """A run for each file of a course's folder.  Raises UsageProblem where none can be run."""
    from harness.settings.config import find
    from harness.spreading.course import found, named, way

    config = find()
    runs = {}
    for name, path in named(found(patterns)).items():
        how = way(path)
        settings = _settings(name, path, how, config, options)
        runs[name] = Run(settings, how.build, _shown(path, how), how.unknown)
    if all(run.unknown for run in runs.values()):
        first = next(iter(runs.values()))
        raise UsageProblem(f"{first.shown} cannot be run: {first.unknown}.")
    return runs


def _settings(
    name: str, path: Path, how: Way, config: Config | None, options: Mapping[str, Any]
) -> Settings:
    import msgspec

    from harness.settings.config import plain_run
    from harness.settings.making import arguments

    folder = None if path.parent == Path() else os.fspath(path.parent)
    command = how.command or (path.name,)
    run = plain_run(config, {**options, "command": command, "cwd": folder})
    again = arguments(_as_typed(run, path, how))
    return msgspec.structs.replace(run, label=name, repeat_with=again)


def _as_typed(run: Settings, path: Path, how: Way) -> Settings:
    """The run of somebody elsewhere: who builds the program by hand, who has another Python."""
    import msgspec

    command = tuple("python3" if word == sys.executable else word for word in run.target.command)
    if how.build:
        command = ("sh", "-c", f"{_build(path, how)} && exec {_started(path, how)}")
    target = msgspec.structs.replace(run.target, command=command)
    return msgspec.structs.replace(run, target=target)


def _build(path: Path, how: Way) -> str:
    from harness.spreading.course import OUT

    return shlex.join([path.stem if word == OUT else word for word in how.build])


def _started(path: Path, how: Way) -> str:
    """What has been built, as one starts it."""
    from harness.spreading.course import OUT

    program, *rest = how.command
    first = f"./{path.stem}" if program == OUT else program
    return shlex.join([first, *(path.stem if word == OUT else word for word in rest)])


def _shown(path: Path, how: Way) -> str:
    """The command, as the report shows it."""
    if how.build:
        return f"{_build(path, how)} && {_started(path, how)}"
    words = ("python" if word == sys.executable else word for word in how.command)
    return shlex.join(words) or os.fspath(path)
