"""In what manner a plan is performed: how patiently, how fast, and how much is noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.driver.brief import Brief


def limit_for(patience: float) -> float:
    """Seconds that a plan may take while bytes still move: five times the patience, at least 15.

    A target that moves a few bytes now and then would otherwise be waited for without end.
    """
    return max(15.0, 5 * patience)


@dataclass(frozen=True)
class Manner:
    """How `harness.driver.perform` goes about a plan.  What is left out is the usual."""

    patience: float
    """Seconds without any progress after which waiting ends."""
    rate: float | None = None
    """The most new connections a second."""
    record: bool = True
    """Keep timelines."""
    hurry: bool = False
    """Once patience has ended, scripts that have not begun are left out, and a reply that is wrong
    is not watched for long."""
    limit: Callable[[], float] | None = None
    """Seconds for the whole plan while bytes still move, asked for again and again; without it
    `limit_for` says."""
    ask: bool = False
    """When an echo has been waited for in vain for a third of the patience, end that client's side.
    A target that closes then without the rest has lost it; if the rest comes, ``Trace.spoilt`` is
    set."""
    end_patience: float | None = None
    """Seconds to wait where only the end of connections is still missing, for a target that is
    known not to end them."""
    brief: Brief | None = None
    """Counts waits without insisting over several plans."""
    persist: bool = False
    """Go on though bytes are wrong or missing: each message is sent, and what has not come at the
    end of a wait that does not insist is no longer waited for; the timeline says ``went on`` there,
    and is kept whole."""

    @property
    def ask_after(self) -> float | None:
        """Seconds of silence after which the rest is asked for; None: never."""
        return self.patience / 3 if self.ask else None

    def seconds(self) -> float:
        """How long the plan may take, as things stand."""
        return limit_for(self.patience) if self.limit is None else self.limit()
