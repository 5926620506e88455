"""``python -m benchmarks``: measure everything and write docs/performance.md.

``--quick`` measures less of each; ``--good`` also runs the correct servers (100,000 sessions);
``--transports`` measures only the part about those, and puts it into the page.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks import transports
from benchmarks.page import Page
from benchmarks.searches import searches, shrinkings
from benchmarks.speed import measure, servers, where_time_goes
from harness.values.verdict import Profile
from tests import good
from tests.fuzzer.power import false_alarms, sessions_to_failure, shrunk_failure
from tests.fuzzer.targets import HUNTED, REFERENCE, correct, fleet_for

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sessions and seeds")
    parser.add_argument("--good", action="store_true", help="the correct servers, too: minutes")
    parser.add_argument("--transports", action="store_true", help="only those: a minute")
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    page = Page()
    sessions, seeds = (3000, 3) if options.quick else (10_000, 10)
    say("transports")
    part = transports.section(transports.measure(sessions), sessions, os.getloadavg()[0])
    if options.transports:
        text = options.output.read_text(encoding="utf-8")
        options.output.write_text(transports.put_into(text, part), encoding="utf-8")
        return 0

    for name, command, profile in servers():
        say(f"speed: {name}")
        page.speed(measure(name, command, profile, sessions), sessions)
    say("where the time goes")
    page.profile(where_time_goes(REFERENCE, Profile.SEQUENTIAL, 3000))
    say("kinds of search")
    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        fleet.refresh()
        page.searches(searches(fleet, Profile.SEQUENTIAL))
    say("kinds of shrinking")
    page.shrinkings(shrinkings())
    for hunted in HUNTED:
        say(f"power: {hunted.name}")
        page.power(hunted, [sessions_to_failure(hunted, seed) for seed in range(seeds)])
        page.shrunk(hunted, shrunk_failure(hunted, seed=1))
    if options.good:
        page.good(run_good(100_000))
    text = transports.put_into(page.text(), part)
    options.output.write_text(text, encoding="utf-8")
    say(f"written: {options.output}")
    return 0


def run_good(sessions: int) -> tuple[int, int, list[str]]:
    """How many servers and sessions, and what was found."""
    chosen = [server for server in good.servers() if good.missing_tool(server) is None]
    lasting = [s for s in chosen if Profile(s.profile) is not Profile.ONE_SHOT]
    done, found = 0, []
    for server in chosen:
        number = sessions // len(lasting) if server in lasting else 60
        say(f"correct: {server.name}, {number} sessions")
        command, profile = correct(server.name)
        found += [f"{server.name}: {text}" for text in false_alarms(command, profile, number, 11)]
        done += number
    return len(chosen), done, found


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
