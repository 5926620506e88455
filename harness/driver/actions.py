"""What a conversation wants done next: values that whoever has the connection carries out."""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

from harness.values.plan import Step

Bytes = bytes | memoryview


class Open(Struct, frozen=True, gc=False):
    """Open the connection.

    ``first`` and ``end`` are what the script does as soon as it is established: write these bytes
    and, when the system has taken all of them, end our side.  Whoever opens it may do that at once.
    """

    receive_buffer: int | None = None
    segment: int | None = None
    first: Bytes = b""
    end: bool = False


class Write(Struct, frozen=True, gc=False):
    """Write ``data``, or as much of it as the system takes."""

    data: Bytes


class Urgent(Struct, frozen=True, gc=False):
    """Write one byte of urgent data."""

    byte: int


class HalfClose(Struct, frozen=True, gc=False):
    """End our side: the target reads to the end, and may still answer."""


class Close(Struct, frozen=True, gc=False):
    """Give the connection back to the system.  ``abort``: with RST instead of FIN.

    ``look``: also with RST if the target's end has come that nobody has read.
    """

    abort: bool = False
    look: bool = False


class Look(enum.Enum):
    """Find out what only the system knows, and tell `Conversation.answer`."""

    WAITING = enum.auto()
    """Bytes that have come and were not read yet."""
    UNTAKEN = enum.auto()
    """Bytes (and the end) that were written and the target has not taken; None: it cannot tell."""
    STALL = enum.auto()
    """A `Rest`; None where the target's process cannot be seen."""


class Rest(Struct, frozen=True):
    """What a target does that seems to stall."""

    awake: bool
    """Some thread of it runs, or is ready to run."""
    cpu: float
    """Seconds of CPU time that it has used so far."""
    room: bool
    """The connection would take more of what is still to be written."""


class Spoil(Struct, frozen=True, gc=False):
    """Leave the plan: the target was asked for the rest out of turn, and it did come."""


class Finish(Struct, frozen=True, gc=False):
    """The script is over."""


HALF_CLOSE, SPOIL, FINISH = HalfClose(), Spoil(), Finish()

Action = Open | Write | Urgent | HalfClose | Close | Look | Spoil | Finish | Step
"""A step that is not about the bytes of one connection (meet others, act on the target's process)
is handed out as it is; `Conversation.performed` says that it is done."""


class Then(enum.Enum):
    """What a step may say instead of what to do."""

    DONE = enum.auto()
    AGAIN = enum.auto()


DONE: Final = Then.DONE
AGAIN: Final = Then.AGAIN
