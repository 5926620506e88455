"""What the driver needs of a connection, whatever it goes over.

A transport is one connection that does not block.  TCP is in ``tcp.py``, Unix sockets are in
``unix.py``.  Another stream (TLS) is another class with these methods and a line in ``rim.py``,
which chooses it.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from harness.driver.actions import Bytes, Open


class Opened(Struct, frozen=True, gc=False):
    """How far opening a connection has come.

    ``up``: it is established; else it is under way, unless ``refused`` has the name of an errno.
    ``written`` and ``ended`` say how much of what `Open` says was done at once, ``failed`` that
    writing failed, with the name of an errno.
    """

    up: bool = False
    refused: str | None = None
    written: int = 0
    ended: bool = False
    failed: str | None = None


UNDER_WAY = Opened()


class Transport(Protocol):
    """One connection.  What fails raises OSError, unless it says something else."""

    @property
    def descriptor(self) -> int:
        """What to watch: ready for writing when the connection is established."""

    # --- its life ---

    def open(self, what: Open) -> Opened:
        """Begin to open it, and do at once what can be done.

        Raises MachineProblem when the machine lacks something.
        """

    def established(self) -> Opened:
        """Whether it is open by now."""

    def write(self, data: Bytes) -> int:
        """Write what the system takes of ``data``; 0: nothing at the moment."""

    def urgent(self, byte: int) -> bool:
        """Write one urgent byte; False: not possible at the moment."""

    def read(self, size: int) -> bytes | None:
        """What has come, at most ``size`` bytes; empty at the end; None: nothing yet."""

    def read_into(self, room: memoryview) -> int | None:
        """As `read`, into ``room``; returns how many bytes."""

    def more_is_owed(self) -> None:
        """Let the peer's system know at once what was read: its rest may wait for that."""

    def half_close(self) -> None:
        """End our side."""

    def close(self, *, abort: bool) -> None:
        """Give it back to the system.  ``abort``: let the peer see a reset."""

    # --- what the system knows ---

    def end_waits(self) -> bool:
        """Whether the peer's end has come, and nobody has read it yet."""

    def waiting(self) -> int:
        """Bytes that have come and were not read yet."""

    def untaken(self) -> int | None:
        """Bytes (and the end) that were written and the peer has not taken; None: unknown."""

    def takes_more(self) -> bool:
        """Whether the system would take more to write."""

    def local_port(self) -> int:
        """The port of our side, or what else tells it from others; 0 where there is nothing."""
