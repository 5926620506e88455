"""All experiments on servers of the zoo: ``python -m tests.proof.experiments SERVER...``.

A SERVER is the name of one in tests/zoo, tests/good or tests/unseen; ``@zoo``, ``@good`` and
``@unseen`` are all of a folder.  ``--only ID,ID`` performs some of the experiments; ``--json FILE``
keeps the outcomes, so that rules can be developed without servers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.diagnosis.experiments import TABLE, Observed
from harness.errors import EchoHarnessError
from harness.launcher.fleet import Fleet
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.probing.experiments import Conditions, Laboratory, Notes
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests import good, unseen, zoo

BUILD = Path(tempfile.gettempdir()) / "echo-harness-zoo-build"


class Seen(msgspec.Struct, frozen=True):
    """What one experiment showed of one server, in ``seconds``."""

    server: str
    observed: Observed
    seconds: float


def target_of(name: str) -> tuple[TargetSpec, Profile]:
    """How a server is launched, and what it promises.  Raises KeyError when there is none."""
    for inhabitant in zoo.inhabitants():
        if inhabitant.name == name:
            command = tuple(zoo.command(inhabitant, BUILD))
            return TargetSpec(command=command), Profile(inhabitant.profile)
    for correct in good.servers():
        if correct.name == name:
            return TargetSpec(command=tuple(good.command(correct, BUILD))), Profile(correct.profile)
    for other in unseen.servers():
        if other.name == name:
            command = tuple(unseen.command(other, BUILD))
            spec = TargetSpec(
                command, port=other.port, transport=other.transport, launch=other.launch
            )
            return spec, Profile(other.profile)
    raise KeyError(name)


def perform(name: str, ids: list[str], stretch: float = 1.0) -> Iterator[Seen]:
    """Each experiment of ``ids`` on a server, each with all the time that it may take."""
    target, profile = target_of(name)
    keeper = Keeper()
    launcher = Launcher(target, keeper)
    fleet: Fleet = SharedFleet(launcher)
    if profile is Profile.ONE_SHOT:
        fleet = OneShotFleet(launcher)
    try:
        fleet.refresh()
        notes = Notes(budget=1e6)
        room = Laboratory(lambda: fleet, Conditions(profile, 1.0, stretch=stretch), notes)
        for id in ids:
            began = time.monotonic()
            for observed in room.ask(id):
                yield Seen(name, observed, round(time.monotonic() - began, 3))
    finally:
        fleet.close()
        keeper.dismiss()
        keeper.close()
        launcher.free_port()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", nargs="*", help="its name, or @zoo, @good, @unseen")
    parser.add_argument("--only", default=",".join(TABLE), help="ids of experiments")
    parser.add_argument("--json", type=Path, help="where to keep the outcomes, one a line")
    parser.add_argument(
        "--stretch", type=float, default=1.0, help="times the bounds: a busy machine"
    )
    parser.add_argument("--facts", action="store_true", help="print the facts as well")
    options = parser.parse_args(arguments)
    for name in _names(options.server):
        print(name, flush=True)
        try:
            for seen in perform(name, options.only.split(","), options.stretch):
                _tell(seen, options.facts)
                if options.json:
                    with options.json.open("ab") as file:
                        file.write(msgspec.json.encode(seen) + b"\n")
        except (EchoHarnessError, KeyError, RuntimeError) as problem:
            print(f"  not performed: {problem!r}")
    return 0


def _names(asked: list[str]) -> Iterator[str]:
    for name in asked:
        if name == "@zoo":
            yield from (i.name for i in zoo.inhabitants() if zoo.missing_tool(i) is None)
        elif name == "@good":
            yield from (s.name for s in good.servers() if good.missing_tool(s) is None)
        elif name == "@unseen":
            yield from (s.name for s in unseen.servers() if not unseen.missing_tools(s))
        else:
            yield name


def _tell(seen: Seen, facts: bool) -> None:
    mark = "!" if seen.observed.special else " "
    print(f" {mark}{seen.seconds:5.2f} s {seen.observed.id:12} {seen.observed.said}", flush=True)
    if facts:
        print(f"         {seen.observed.facts}")


if __name__ == "__main__":
    sys.exit(main())
