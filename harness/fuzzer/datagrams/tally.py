"""How much a fuzz run on a server of datagrams has done so far."""

from __future__ import annotations

from harness.fuzzer.datagrams.attempts import Seen
from harness.fuzzer.datagrams.triage import bytes_of
from harness.fuzzer.tally import BaseTally


class Tally(BaseTally[Seen]):
    """Of plans of datagrams; clients without a question do not count."""

    def sizes(self, seen: Seen) -> tuple[int, int]:
        return sum(script.connects for script in seen.plan.scripts), bytes_of(seen.plan)
