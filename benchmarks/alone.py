"""``python -m benchmarks.alone``: which broken servers the search finds by itself.

Each server of the zoo is searched as ``echo-harness fuzz`` does it, with its own constants and
without the checks, until a plan fails.  Left out are those of which no plan of clients can show the
bug: processor time, memory, start, end.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.verdicts import spread
from harness.constants.gather import of_target
from harness.errors import EchoHarnessError
from harness.fuzzer.attempts import Attempts, Seen
from harness.fuzzer.run import terms_for
from harness.fuzzer.search import plans
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests import zoo
from tests.fuzzer.power import BUDGET, PATIENCE
from tests.fuzzer.targets import BUILD, fleet_for

SECONDS = 40.0
"""The most that one server gets: some take a second for each client."""
OF_A_PROCESS = ("launch/", "resources/")
OF_A_PROCESS_TOO = frozenset(
    {
        "partial-send/bounded-memory",
        "partial-send/no-spin",
        "resilience/descriptor-famine",
        "resilience/terminates",
        "sessions/capacity",
        "shutdown/exit-status",
        "shutdown/no-spin",
        "shutdown/releases",
    }
)
"""Checks of a process, and of more clients than plans may have."""


class Searched(NamedTuple):
    """What came of one server.  ``after``: sessions until the first failure; None: nothing."""

    name: str
    clause: str
    after: int | None
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alone", description=__doc__)
    parser.add_argument("--sample", type=int, default=10_000, help="servers, at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = []
    for inhabitant in spread(shown_by_plans(), options.sample):
        found.append(searched(inhabitant, options.seed))
        print(found[-1], file=sys.stderr, flush=True)
    print("\n".join(told(found)))


def shown_by_plans() -> list[zoo.Inhabitant]:
    """The broken servers whose bug some plan of clients can show."""
    return [
        i
        for i in zoo.inhabitants()
        if zoo.missing_tool(i) is None
        and not i.clause.startswith(OF_A_PROCESS)
        and i.clause not in OF_A_PROCESS_TOO
    ]


def searched(inhabitant: zoo.Inhabitant, seed: int) -> Searched:
    """Search until a plan fails, or the budget is used up."""
    began = time.monotonic()
    after = sessions_to_failure(inhabitant, seed, began + SECONDS)
    return Searched(inhabitant.name, inhabitant.clause, after, round(time.monotonic() - began, 1))


def sessions_to_failure(inhabitant: zoo.Inhabitant, seed: int, until: float) -> int | None:
    profile = Profile(inhabitant.profile)
    command = zoo.command(inhabitant, BUILD)
    constants = of_target(TargetSpec(command=tuple(command)))
    done = 0
    with fleet_for(command, profile, seed) as fleet:
        attempts = Attempts(fleet, profile, patience=PATIENCE, rate=None)
        try:
            fleet.refresh()
            for plan in plans(seed, terms_for(fleet, profile, dictionary=constants), BUDGET):
                done += len(plan.scripts)
                seen = attempts.once(plan)
                if seen.findings and (not seen.waits or again(attempts, seen)):
                    return done
                if time.monotonic() > until:
                    return None
        except EchoHarnessError:
            return done  # it cannot be launched any more
    return None


def again(attempts: Attempts, seen: Seen) -> bool:
    """Whether a fresh instance keeps silent as well, with twice the patience."""
    kinds = frozenset(finding.kind for finding in seen.findings)
    return attempts.shows(seen.plan, kinds, 2 * PATIENCE, fresh=True) is not None


def told(found: list[Searched]) -> Iterator[str]:
    """The table, and who was not found."""
    caught = [one for one in found if one.after is not None]
    missed = [one for one in found if one.after is None]
    share = 100 * len(caught) / len(found) if found else 0.0
    yield f"{len(caught)} of {len(found)} broken servers found, {share:.0f} %."
    yield ""
    yield "| not found | clause | seconds |"
    yield "| --- | --- | --- |"
    yield from (f"| `{one.name}` | {one.clause} | {one.seconds} |" for one in missed)


if __name__ == "__main__":
    main()
