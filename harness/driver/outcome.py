"""What is told of a conversation in the end, beside its bytes."""

from __future__ import annotations

from harness.values.trace import Ending, Stuck


class Outcome:
    """As the fields of `ScriptTrace` of these names; times are seconds into the plan."""

    ending = Ending.NEVER
    half_closed = False
    error: str | None = None
    stuck: Stuck | None = None
    asked: float | None = None
    stalled = False
    absorbed = 0
    ended: float | None = None
    finished: float | None = None
    released: bool | None = None

    @property
    def ended_first(self) -> bool:
        """The target ended the connection before our side was ended."""
        return self.ended is not None and not self.half_closed
