"""How much a fuzz run has done so far."""

from __future__ import annotations

import time

from harness.fuzzer.attempts import Seen
from harness.values.report import FuzzStats


class Tally:
    """Counts of one run, from now on."""

    def __init__(self, seed: int) -> None:
        self.failures = 0
        self._seed = seed
        self._began = time.monotonic()
        self._sessions = self._plans = self._bytes = 0

    @property
    def sessions(self) -> int:
        """Sessions performed."""
        return self._sessions

    def count(self, seen: Seen) -> None:
        """One more plan.  What was left unfinished proves nothing, and is not counted."""
        if seen.trace.slow is not None and not seen.findings:
            return
        self._plans += 1
        self._sessions += len(seen.plan.scripts)
        self._bytes += sum(script.sent for script in seen.trace.scripts)

    def stats(self) -> FuzzStats:
        """The counts as a value."""
        return FuzzStats(
            seed=self._seed,
            sessions=self._sessions,
            plans=self._plans,
            bytes=self._bytes,
            duration_s=round(time.monotonic() - self._began, 3),
            failures=self.failures,
        )
