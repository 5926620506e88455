"""How much a run takes on: how long, not how strict."""

from __future__ import annotations

import enum
from typing import TypeVar

T = TypeVar("T")


class Effort(enum.StrEnum):
    """The ids and the levels of the checks are the same at each."""

    QUICK = "quick"
    """Hardly any waiting: for every save of a file."""
    NORMAL = "normal"
    """Some seconds."""
    THOROUGH = "thorough"
    """Some minutes: what needs long silence, or thousands of clients."""

    def of(self, quick: T, normal: T, thorough: T) -> T:
        """The one that is meant for this effort."""
        if self is Effort.QUICK:
            return quick
        return normal if self is Effort.NORMAL else thorough
