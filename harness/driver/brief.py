"""How long steps wait that do not insist: less, once that was in vain many times."""

from __future__ import annotations

BRIEFLY = 0.25
"""Seconds without progress after which ``AwaitEcho(briefly=True)`` goes on, and after which no
more is expected of a connection whose bytes are wrong already."""
MANY_IN_VAIN, VERY_MANY = 6, 30
"""How many times that was in vain until a fifth of it has to do, and a twentieth."""
FEW_IN_VAIN, NOT_MANY = 4, 12
"""The same where a wait that was too short does no harm: an answer that comes late is told from
one that does not come."""


class Brief:
    """Counts the waits in vain of one plan, or of all plans performed on one target.

    Nothing is judged by such a wait: a target that answers later than it lasts loses nothing.

    ``first``: seconds of the first of them.  ``hasty``: get less patient sooner.
    """

    def __init__(self, first: float = BRIEFLY, *, hasty: bool = False) -> None:
        self._first = first
        self._many, self._very_many = (
            (FEW_IN_VAIN, NOT_MANY) if hasty else (MANY_IN_VAIN, VERY_MANY)
        )
        self._in_vain = 0
        self.survived = 0
        """Plans after which a death was waited for that did not come."""

    @property
    def seconds(self) -> float:
        if self._in_vain < self._many:
            return self._first
        return self._first / 5 if self._in_vain < self._very_many else self._first / 20

    def was_in_vain(self) -> None:
        self._in_vain += 1
