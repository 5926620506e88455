"""A message on its way out: where its cuts are, and when the next one is due."""

from __future__ import annotations

from harness.plan import Send


class Writing:
    """A ``Send`` under way."""

    __slots__ = ("cut_end", "cuts", "gap", "lockstep_until", "not_before", "pos", "turn", "view")

    def __init__(self, step: Send, view: memoryview, now: float) -> None:
        self.view = view
        self.pos = 0
        self.cuts = step.cuts
        self.turn = 0
        self.cut_end = 0
        self.gap = step.gap
        self.not_before = 0.0
        self.lockstep_until = now + step.lockstep if step.lockstep else 0.0

    @property
    def holds_back_until(self) -> float:
        """When it goes on, whether anything has come back by then or not."""
        return max(self.not_before, self.lockstep_until)

    def next_cut(self) -> None:
        size = len(self.view)
        if self.cuts:
            size = self.cuts[self.turn % len(self.cuts)]
            self.turn += 1
        self.cut_end = min(self.pos + size, len(self.view))
