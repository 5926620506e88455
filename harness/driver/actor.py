"""Whoever performs a script: what the steps that act on the target need of it."""

from __future__ import annotations

from abc import abstractmethod

from harness.launcher.instance import Instance


class Actor:
    """A client, or an operator.  ``index``: of its script in the plan."""

    instance: Instance | None = None
    """The one that it is connected to, or will be."""
    memory: object = None
    """What a step that is performed elsewhere remembers from one look to the next."""
    quiet_since: float | None = None
    wakes_at = 0.0
    """For which a timer is set already."""

    def __init__(self, index: int) -> None:
        self.index = index

    @property
    @abstractmethod
    def connects(self) -> bool:
        """Whether it is a client at all."""

    @property
    def connects_next(self) -> bool:
        """It has no connection yet, and opens one in the step after this."""
        return False

    @abstractmethod
    def performed(self, now: float) -> None:
        """The step that somebody else was to perform is done."""

    @abstractmethod
    def note(self, now: float, what: str, size: int = 0) -> None:
        """Add to its timeline, if one is kept."""
