"""Plans: what the clients do, step by step, as pure data.

A plan is a set of *scripts* that run side by side.  A script that begins with ``Connect`` is one
client session; one that never connects is an *operator*, which acts on the target only (measures
it, limits its descriptors, stops it).  Each script performs its steps in order; a step ends when
what it waits for has happened.  The driver reads whatever arrives while any step is under way
(unless reading was stopped by ``StopReading``), so no plan can write everything before it reads.

Checks are plans, the fuzzer draws plans, and a saved case is a plan: one vocabulary for all.  The
module is long because it is that vocabulary, a short class for each step.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

# Payloads belong to the vocabulary of plans, so they can be imported from here as well.
from harness.values.payload import LARGEST_PAYLOAD
from harness.values.payload import Literal as Literal
from harness.values.payload import Payload as Payload
from harness.values.payload import Plain as Plain
from harness.values.payload import Random as Random
from harness.values.payload import Repeat as Repeat
from harness.values.payload import materialise as materialise
from harness.values.payload import size_of as size_of

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
"""Scripts and descriptors: a system gives no process more of them."""
Positive = Annotated[int, Meta(ge=1, le=LARGEST_PAYLOAD)]
"""Bytes, as many as a payload may have; the system takes no number beyond 2^31 for a buffer."""
Seconds = Annotated[float, Meta(ge=0, le=3600)]


# --- steps of a client --------------------------------------------------------------------------


class Connect(Struct, frozen=True, tag="connect", forbid_unknown_fields=True):
    """Open the connection.  ``receive_buffer``: SO_RCVBUF in bytes, set before connecting.

    ``segment``: TCP_MAXSEG in bytes.  The loopback device has segments of 64 KiB, and the target's
    system makes its send buffer hold twenty of them.  With small ones and a small receive buffer
    the target stalls after some tens of KiB instead of megabytes.
    """

    receive_buffer: Positive | None = None
    segment: Annotated[int, Meta(ge=88, le=32767)] | None = None


class Send(Struct, frozen=True, tag="send", forbid_unknown_fields=True):
    """Write ``payload`` to the connection.

    ``cuts``: sizes of the successive writes, used in turn again and again; empty: all at once.
    ``gap``: seconds between two writes.
    ``lockstep``: for so many seconds each write waits until all earlier ones were echoed;
    after that the rest is written without waiting, so that a slow server costs bounded time.
    ``background``: the step ends at once and the writing goes on while the next steps run.
    """

    payload: Payload
    cuts: tuple[Positive, ...] = ()
    gap: Seconds = 0.0
    lockstep: Seconds = 0.0
    background: bool = False


class SendUrgent(Struct, frozen=True, tag="urgent", forbid_unknown_fields=True):
    """Send one byte as TCP urgent data.  Ordinary servers drop it; it is not part of the stream."""

    byte: Annotated[int, Meta(ge=0, le=255)] = 0x21


class AwaitEcho(Struct, frozen=True, tag="await-echo", forbid_unknown_fields=True):
    """Wait until everything written so far has come back, or the connection ended.

    ``briefly``: do not insist; go on when nothing has moved for a moment.
    """

    briefly: bool = False


class HalfClose(Struct, frozen=True, tag="half-close", forbid_unknown_fields=True):
    """When all is written, end the sending direction: shutdown(SHUT_WR).

    ``background``: the step ends at once, and the end follows the last byte when it can.
    """

    background: bool = False


class AwaitEnd(Struct, frozen=True, tag="await-end", forbid_unknown_fields=True):
    """Read until the target ends the connection (FIN or RST)."""


class Close(Struct, frozen=True, tag="close", forbid_unknown_fields=True):
    """close() the connection: FIN, or RST if unread data has arrived."""


class Reset(Struct, frozen=True, tag="reset", forbid_unknown_fields=True):
    """Vanish: SO_LINGER with time 0, then close(), which sends RST."""


class StopReading(Struct, frozen=True, tag="stop-reading", forbid_unknown_fields=True):
    """Read nothing from here on, until ``StartReading``."""


class StartReading(Struct, frozen=True, tag="start-reading", forbid_unknown_fields=True):
    """Read again: at most ``chunk`` bytes at a time (``None``: as it comes), ``gap`` s apart.

    ``limit``: after so many bytes read slowly, read as fast as possible.
    """

    chunk: Positive | None = None
    gap: Seconds = 0.0
    limit: Positive | None = None


class ReadSome(Struct, frozen=True, tag="read-some", forbid_unknown_fields=True):
    """While reading is stopped: read ``size`` bytes (or to the end), then stop again."""

    size: Positive


class ReadUntilTaken(Struct, frozen=True, tag="read-until-taken", forbid_unknown_fields=True):
    """While reading is stopped: read at most ``size`` bytes at a time, until the target has taken
    all that was sent, its end included.  Whatever is still owed then waits inside the target or in
    its send buffer.  Does nothing where the system cannot tell."""

    size: Positive


class AwaitStall(Struct, frozen=True, tag="await-stall", forbid_unknown_fields=True):
    """Wait until the target stalls: it takes no more data and all its threads are asleep.

    Also ends when nothing can stall any more (everything was written and echoed, or the connection
    ended), and when for half of the patience no byte has moved although the target is awake.

    ``briefly``: fewer looks that see it asleep will do, and one that is slow is not waited for.
    ``still``: for so many seconds, at least, it must take nothing: who sleeps now and then while it
    takes more does not stall.  One that never does is waited for a few seconds.
    """

    briefly: bool = False
    still: Seconds = 0.0


class Wait(Struct, frozen=True, tag="wait", forbid_unknown_fields=True):
    """Let ``seconds`` pass.  A stimulus (silence on the line), never a way to synchronise."""

    seconds: Seconds


class Meet(Struct, frozen=True, tag="meet", forbid_unknown_fields=True):
    """Wait for the others: at the n-th visit to ``place``, until each script that visits it so
    often has done so, or has ended."""

    place: str


# --- steps that act on the target ---------------------------------------------------------------


class PauseTarget(Struct, frozen=True, tag="pause-target", forbid_unknown_fields=True):
    """SIGSTOP to the whole tree; ends when every thread of every process is stopped."""


class ResumeTarget(Struct, frozen=True, tag="resume-target", forbid_unknown_fields=True):
    """SIGCONT to the whole tree.

    ``children_first``: its parents stay stopped until its children have ended, or rest: what is
    told them of so many ends at once is told only once (SIGCHLD does not queue).
    """

    children_first: bool = False


class InterruptTarget(Struct, frozen=True, tag="interrupt-target", forbid_unknown_fields=True):
    """Pause and resume the tree ``times`` times: a blocking send() returns a short count."""

    times: Annotated[int, Meta(ge=1, le=100)] = 1


class Measure(Struct, frozen=True, tag="measure", forbid_unknown_fields=True):
    """Note the resources of the target's tree, under ``label``, in the trace."""

    label: str


class Watch(Struct, frozen=True, tag="watch", forbid_unknown_fields=True):
    """Let ``seconds`` pass, and note what the tree did meanwhile.

    More of them pass where it is ready to run all the time and gets no core.  Leaves two
    measurements, ``LABEL-before`` and ``LABEL-after``; the second also has the share of looks at
    which a thread was awake.
    """

    label: str
    seconds: Seconds


class AwaitQuiet(Struct, frozen=True, tag="await-quiet", forbid_unknown_fields=True):
    """Wait until the tree uses no CPU and its descriptors, threads and children hold still.

    ``briefly``: they need not do so for long.
    """

    briefly: bool = False


class AwaitRelease(Struct, frozen=True, tag="await-release", forbid_unknown_fields=True):
    """Wait until the target's socket of this script's connection has left CLOSE_WAIT."""


class LimitDescriptors(Struct, frozen=True, tag="limit-descriptors", forbid_unknown_fields=True):
    """Lower RLIMIT_NOFILE of every process of the tree to what it has open plus ``spare``."""

    spare: Count = 0


class RestoreDescriptors(
    Struct, frozen=True, tag="restore-descriptors", forbid_unknown_fields=True
):
    """Set RLIMIT_NOFILE back to what it was."""


class Terminate(Struct, frozen=True, tag="terminate", forbid_unknown_fields=True):
    """SIGTERM to the launched process and its group; does not wait."""


class AwaitExit(Struct, frozen=True, tag="await-exit", forbid_unknown_fields=True):
    """Wait until the target's launched process has ended."""


class Relaunch(Struct, frozen=True, tag="relaunch", forbid_unknown_fields=True):
    """Kill what is left of the target and launch it again, on the same port where possible."""


Step = (
    Connect
    | Send
    | SendUrgent
    | AwaitEcho
    | HalfClose
    | AwaitEnd
    | Close
    | Reset
    | StopReading
    | StartReading
    | ReadSome
    | ReadUntilTaken
    | AwaitStall
    | Wait
    | Meet
    | PauseTarget
    | ResumeTarget
    | InterruptTarget
    | Measure
    | Watch
    | AwaitQuiet
    | AwaitRelease
    | LimitDescriptors
    | RestoreDescriptors
    | Terminate
    | AwaitExit
    | Relaunch
)

NEEDS_PROCESS = (
    PauseTarget,
    ResumeTarget,
    InterruptTarget,
    Measure,
    Watch,
    AwaitQuiet,
    AwaitRelease,
    LimitDescriptors,
    RestoreDescriptors,
    Terminate,
    AwaitExit,
    Relaunch,
)
"""Steps that need the target's process, and so make no sense with ``--connect``."""


USUAL_BACKLOG = 2
"""Connections that a plan lets wait for accept() where nothing is known of the listener: listen(1)
takes them."""


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """The steps of one client (or operator), in order.

    ``after``: indexes of scripts that must have ended before this one starts.
    """

    steps: tuple[Step, ...]
    after: tuple[Count, ...] = ()

    @property
    def connects(self) -> bool:
        return any(isinstance(step, Connect) for step in self.steps)


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """Scripts that run side by side, as far as ``after`` and ``Meet`` let them."""

    scripts: tuple[Script, ...]

    @property
    def needs_process(self) -> bool:
        return any(isinstance(step, NEEDS_PROCESS) for s in self.scripts for step in s.steps)

    @property
    def idle(self) -> float:
        """The most seconds that one of its scripts lets pass on purpose."""
        waits = ([s.seconds for s in each.steps if type(s) is Wait] for each in self.scripts)
        return max(map(sum, waits), default=0.0)

    @property
    def needs_concurrency(self) -> bool:
        """Whether two sessions meet while both are open, so that a sequential target can't."""
        return sum(_meets_while_open(script) for script in self.scripts) > 1


def _meets_while_open(script: Script) -> bool:
    is_open = False
    for step in script.steps:
        if isinstance(step, Connect):
            is_open = True
        elif isinstance(step, Close | Reset | AwaitEnd):
            is_open = False
        elif isinstance(step, Meet) and is_open:
            return True
    return False


def sent_by(script: Script) -> bytes:
    """Everything that ``script`` means to write, in order (urgent bytes are not in the stream)."""
    parts = [materialise(step.payload) for step in script.steps if type(step) is Send]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def one(*steps: Step) -> Plan:
    """A plan of a single script."""
    return Plan(scripts=(Script(steps=steps),))


def in_turn(*scripts: tuple[Step, ...]) -> Plan:
    """A plan of scripts that run one after another."""
    return Plan(
        scripts=tuple(
            Script(steps=steps, after=(i - 1,) if i else ()) for i, steps in enumerate(scripts)
        )
    )


def side_by_side(*scripts: tuple[Step, ...]) -> Plan:
    """A plan of scripts that all start at once."""
    return Plan(scripts=tuple(Script(steps=steps) for steps in scripts))


def problems_of(plan: Plan) -> list[str]:
    """What makes ``plan`` impossible to perform, in words; empty for a sound plan."""
    found: list[str] = []
    for i, script in enumerate(plan.scripts):
        connects = sum(isinstance(step, Connect) for step in script.steps)
        if connects > 1:
            found.append(f"scripts[{i}]: connects {connects:,} times; a script has one connection")
        found.extend(
            f"scripts[{i}].after: script {j} must come before script {i}"
            for j in script.after
            if j >= i
        )
        is_open = False
        for k, step in enumerate(script.steps):
            is_open = is_open or isinstance(step, Connect)
            if isinstance(step, _ON_CONNECTION) and not is_open:
                name = type(step).__struct_config__.tag
                found.append(f"scripts[{i}].steps[{k}]: {name} without an open connection")
    return found


_ON_CONNECTION = (
    Send,
    SendUrgent,
    AwaitEcho,
    HalfClose,
    AwaitEnd,
    Close,
    Reset,
    StopReading,
    StartReading,
    ReadSome,
    ReadUntilTaken,
    AwaitStall,
    AwaitRelease,
)


def encode(plan: Plan) -> bytes:
    """``plan`` as JSON."""
    return msgspec.json.encode(plan)
