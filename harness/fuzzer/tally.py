"""How much a fuzz run has done so far."""

from __future__ import annotations

import time
from typing import Generic

from harness.fuzzer.attempts import Seen
from harness.fuzzer.trying import SeenT
from harness.values.report import FuzzStats


class BaseTally(Generic[SeenT]):
    """Counts of one run, from now on."""

    def __init__(self, seed: int) -> None:
        self.sessions = 0
        """Sessions performed; a client of datagrams is one, too."""
        self.failures = 0
        self._seed = seed
        self._began = time.monotonic()
        self._plans = self._bytes = 0

    def sizes(self, seen: SeenT) -> tuple[int, int]:
        """The sessions and the bytes of one plan."""
        raise NotImplementedError

    def count(self, seen: SeenT) -> None:
        """One more plan.  What was left unfinished proves nothing, and is not counted."""
        if seen.trace.slow is not None and not seen.findings:
            return
        sessions, size = self.sizes(seen)
        self._plans += 1
        self.sessions += sessions
        self._bytes += size

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


class Tally(BaseTally[Seen]):
    """Of plans of streams."""

    def sizes(self, seen: Seen) -> tuple[int, int]:
        return len(seen.plan.scripts), sum(script.sent for script in seen.trace.scripts)
