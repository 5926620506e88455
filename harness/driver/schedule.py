"""Which scripts of a plan may begin, and who waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from harness.driver.meetings import Meetings, Turn
from harness.values.plan import Meet


class Schedule:
    """Scripts are called by their index in the plan."""

    def __init__(self, scripts: Sequence[Turn]) -> None:
        self._waits_for = [len(script.after) for script in scripts]
        self._dependents: dict[int, list[int]] = defaultdict(list)
        for i, script in enumerate(scripts):
            for j in script.after:
                self._dependents[j].append(i)
        self.kinds = {type(step) for script in scripts for step in script.steps}
        """The steps that occur in the plan."""
        self.meetings = Meetings(scripts) if Meet in self.kinds else None

    def first(self) -> list[int]:
        """Those that come after nobody."""
        return [i for i, others in enumerate(self._waits_for) if not others]

    def end(self, index: int) -> list[int]:
        """Script ``index`` has ended; returns those that may begin now."""
        begin = []
        for i in self._dependents.get(index, ()):
            self._waits_for[i] -= 1
            if not self._waits_for[i]:
                begin.append(i)
        return begin
