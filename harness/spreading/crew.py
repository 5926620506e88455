"""Who does tasks: some processes here, or a cluster.  Both are asked in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from harness.spreading.tasks import Told

MIB = 1024 * 1024


class Limits(NamedTuple):
    """What one task may take.  Beyond that it is ended, and the others go on."""

    seconds: float = 600.0
    memory: int = 2048 * MIB
    """Bytes."""
    processes: int = 4096


class News(NamedTuple):
    """Something that a worker has told of task ``number``: the last time unless it is working."""

    number: int
    told: Told | None
    """None: the task was dropped: nobody began it, or it had no answer when all was given up."""


class Crew(Protocol):
    """Does tasks in any order, as many at a time as there are workers."""

    @property
    def workers(self) -> int:
        """How many tasks are done at a time, as far as is known."""

    def put(self, number: int, task: bytes, *, cell: bool, soon: bool = False) -> None:
        """Have a task done some time; there are news of it.

        ``cell``: alone in a cell.  ``soon``: before those that wait already.
        """

    def news(self, seconds: float) -> list[News]:
        """What has happened, after at most so many seconds.  Raises ClusterProblem."""

    def give_up(self) -> None:
        """Drop what has not begun; let what runs come to its end soon, and tell."""

    def close(self) -> None:
        """End everything."""
