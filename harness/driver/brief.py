"""How long steps wait that do not insist: less, once that was in vain many times."""

from __future__ import annotations

BRIEFLY, MANY_IN_VAIN = 0.25, 6
"""Seconds without progress after which ``AwaitEcho(briefly=True)`` goes on, and after which no
more is expected of a connection whose bytes are wrong already; and how many times that is done,
after which a fifth of it has to do."""


class Brief:
    """Counts the waits in vain of one plan, or of all plans performed on one target.

    Nothing is judged by such a wait: a target that answers later than it lasts loses nothing.
    """

    def __init__(self) -> None:
        self._in_vain = 0

    @property
    def seconds(self) -> float:
        return BRIEFLY if self._in_vain < MANY_IN_VAIN else BRIEFLY / 5

    def was_in_vain(self) -> None:
        self._in_vain += 1
