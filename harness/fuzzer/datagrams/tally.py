"""How much a fuzz run on a server of datagrams has done so far."""

from __future__ import annotations

import time

from harness.fuzzer.datagrams.attempts import Seen
from harness.fuzzer.datagrams.triage import bytes_of
from harness.values.report import FuzzStats


class Tally:
    """Counts of one run, from now on."""

    def __init__(self, seed: int) -> None:
        self.sessions = 0
        """Clients; those without a question do not count."""
        self.failures = 0
        self._seed = seed
        self._began = time.monotonic()
        self._plans = self._bytes = 0

    def count(self, seen: Seen) -> None:
        """One more plan.  What was left unfinished proves nothing, and is not counted."""
        if seen.trace.slow is not None and not seen.findings:
            return
        self._plans += 1
        self.sessions += sum(script.connects for script in seen.plan.scripts)
        self._bytes += bytes_of(seen.plan)

    def stats(self) -> FuzzStats:
        """The counts as a value."""
        return FuzzStats(
            seed=self._seed,
            sessions=self.sessions,
            plans=self._plans,
            bytes=self._bytes,
            duration_s=round(time.monotonic() - self._began, 3),
            failures=self.failures,
        )
