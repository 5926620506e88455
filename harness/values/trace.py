"""Traces: what happened when a plan was performed, as pure data.

A reply is kept as its difference from what was sent: ``echoed`` bytes that are the same, then
``surplus``, the bytes that follow (bounded).  A faithful echo of 64 MiB is then one number, and
nothing that a judge needs is lost.
"""

from __future__ import annotations

import enum

from msgspec import Struct

SURPLUS_KEPT = 256 * 1024
"""Bytes kept after the first difference: enough to find again where the stream goes on."""


class Ending(enum.StrEnum):
    """How a connection ended.  These are never merged."""

    FIN = "fin"
    RST = "rst"
    OPEN = "open"
    """Still open when patience ended, or when the script was over."""
    DIED = "died"
    """The target died while the connection was open."""
    CLIENT = "client"
    """The script itself closed or reset it."""
    NEVER = "never"
    """The connection never came about."""


class Moment(Struct, frozen=True, array_like=True):
    """One line of a timeline: ``at`` seconds after the plan began, ``what`` happened to ``size``
    bytes (0 where that has no meaning).  Several transfers in a row are one moment; ``until`` is
    the time of the last."""

    at: float
    what: str
    size: int = 0
    until: float | None = None


class Stuck(Struct, frozen=True):
    """A step during which patience ran out."""

    step: int
    """Index into the script's steps."""
    kind: str
    """The step's tag, as in a case file: ``await-echo``, ``await-end``, ``send``, ..."""
    waited: float
    """Seconds without any progress."""


class ScriptTrace(Struct, frozen=True):
    """What one script saw."""

    sent: int = 0
    """Bytes that the system took for writing."""
    received: int = 0
    echoed: int = 0
    """Length of the common prefix of what was sent and what was received."""
    surplus: bytes = b""
    """What was received after that prefix, at most ``SURPLUS_KEPT`` bytes."""
    ending: Ending = Ending.NEVER
    half_closed: bool = False
    """The sending direction had been ended when the connection ended."""
    error: str | None = None
    """Why the connection could not be opened, or broke: an errno name such as ECONNREFUSED."""
    stuck: Stuck | None = None
    asked: float | None = None
    """Seconds of silence after which the client ended its side out of turn, to see whether the
    rest of the echo would still come.  If it does, ``Trace.spoilt`` is set."""
    done: int = 0
    """Number of steps that were completed."""
    stalled: bool = False
    """An ``AwaitStall`` step saw the target stall."""
    absorbed: int = 0
    """The most bytes the target's side had taken beyond what this client had read."""
    first_byte: float | None = None
    """Seconds into the plan when the first byte of the reply was read."""
    ended: float | None = None
    """Seconds into the plan when the end of the connection was seen."""
    finished: float | None = None
    """Seconds into the plan when the script ended."""
    released: bool | None = None
    """Whether the target's socket left CLOSE_WAIT; None if nothing asked."""
    timeline: tuple[Moment, ...] = ()


AWAKE = 0.8
"""Share of the looks.  On a machine with too much to do a spinning thread gets little CPU, but it
is ready to run whenever one looks."""
ENOUGH = 0.1
"""Seconds of CPU that tell a thread that spins from one that has a little to do.  An interpreter
that ends takes some hundredths."""


AFTERWARDS = "afterwards"
"""The label of a measurement that is made some time after the last client has gone."""


class Measurement(Struct, frozen=True):
    """The resources of the target's whole tree at one moment."""

    label: str
    at: float
    cpu: float
    """Seconds of CPU used so far, user and system, ended children included."""
    memory: int
    """Resident bytes, shared pages counted once per process."""
    descriptors: int
    threads: int
    processes: int
    zombies: int
    awake: float | None = None
    """Share of the looks since the last measurement at which a thread was running or ready to run.
    On a busy machine a spinning thread gets little CPU time, but it is always ready."""
    wakes: int = 0
    """How often its threads have gone to sleep so far, where a ``Watch`` has counted that: as often
    they were woken."""
    strangers: int = 0
    """Connections of clients that are not ours, to a target that somebody else runs: the resources
    may have been used for them."""

    def may_spin_since(self, before: Measurement) -> bool:
        """Whether it was awake all the time and has used next to nothing: so does one that spins
        where too many want a core, and one that is about to end, and does not get there."""
        return (self.awake or 0.0) >= AWAKE and self.cpu - before.cpu < ENOUGH


class Death(Struct, frozen=True):
    """The end of the launched process.  Exactly one of ``status`` and ``signal`` is set."""

    status: int | None
    signal: str | None
    at: float
    """Seconds into the plan."""
    asked: bool
    """The plan itself asked for it (``Terminate``, ``Relaunch``)."""
    script: int | None
    """The script that was using this instance, where only one could."""
    output: str
    """The last lines that the target wrote, sanitised."""

    @property
    def clean(self) -> bool:
        return self.status == 0

    def __str__(self) -> str:
        return f"exit status {self.status}" if self.signal is None else f"signal {self.signal}"


class Relaunched(Struct, frozen=True):
    """What became of a ``Relaunch``."""

    same_port: bool
    failed: str | None = None
    """Why the new instance did not come to listen."""
    output: str = ""
    """What that instance wrote last, sanitised."""


class Trace(Struct, frozen=True):
    """Everything that happened in one performance of one plan."""

    scripts: tuple[ScriptTrace, ...]
    measurements: tuple[Measurement, ...] = ()
    deaths: tuple[Death, ...] = ()
    relaunched: Relaunched | None = None
    unable: str | None = None
    """What the harness itself could not do, in words; then nothing may be concluded."""
    slow: float | None = None
    """Seconds after which the plan was left unfinished although bytes still moved; None: it was
    not."""
    spoilt: bool = False
    """A client ended its side too early, to ask for the rest of its echo, and the rest came.  The
    target is late, not wrong.  The plan could not be finished, so nothing may be concluded."""
    duration: float = 0.0
    instances: tuple[int | None, ...] = ()
    """For each script the launch of the target that served it, None if none did."""

    def measured(self, label: str) -> Measurement | None:
        """The last measurement under ``label``."""
        return next((m for m in reversed(self.measurements) if m.label == label), None)
