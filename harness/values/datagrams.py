"""Plans and traces of datagrams: whole messages, each on its own, and no stream.

A plan is a set of *scripts* that run side by side, one for each client, as in
`harness.values.plan`; steps that act on the target are those of streams.  A client has a socket of
its own, and so an address of its own.  What it asks is a datagram; the answer is the same datagram
(RFC 862).  Datagrams may be lost without anybody's fault, so one without an answer is asked again.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from harness.values import plan as p
from harness.values.payload import Payload, materialise, size_of
from harness.values.trace import Death, Measurement, Moment, Relaunched

LARGEST_DATAGRAM = 65_507
"""Bytes of the largest datagram over IPv4: 65,535 without the headers of IP (20) and UDP (8)."""

Address = tuple[str, int]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Ask(Struct, frozen=True, tag="ask", forbid_unknown_fields=True):
    """Send ``payload`` as one datagram, and wait for nothing."""

    payload: Payload


class AwaitAnswers(Struct, frozen=True, tag="await-answers", forbid_unknown_fields=True):
    """Wait until each datagram of this client has its answer; ask again what stays without one.

    ``briefly``: do not insist: ask nothing again, and go on when nothing has come for a moment.
    ``each``: wait also for an answer to each time that something was asked, until nothing comes for
    a second: a slow server answers all of them, and one that loses some does not.
    """

    briefly: bool = False
    each: bool = False


class Leave(Struct, frozen=True, tag="leave", forbid_unknown_fields=True):
    """Close the socket, whatever is on its way: who answers later meets nobody (ICMP says so)."""


Step = (
    Ask
    | AwaitAnswers
    | Leave
    | p.Wait
    | p.Meet
    | p.PauseTarget
    | p.ResumeTarget
    | p.Measure
    | p.Watch
    | p.AwaitQuiet
    | p.Terminate
    | p.AwaitExit
)


class DatagramScript(Struct, frozen=True, forbid_unknown_fields=True):
    """The steps of one client (or operator, which asks nothing), in order.

    ``after``: indexes of scripts that must have ended before this one starts.
    ``to``: the address that is asked, on the target's port; None: where the target was found.
    ``port``: the client's own port; None: any.
    ``own``: the client's own address, if the target is on the loopback interface; None: the usual.
    """

    steps: tuple[Step, ...]
    after: tuple[Count, ...] = ()
    to: str | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    own: str | None = None

    @property
    def connects(self) -> bool:
        """Whether it is a client."""
        return any(type(step) is Ask for step in self.steps)


class DatagramPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """Scripts that run side by side, as far as ``after`` and ``Meet`` let them."""

    scripts: tuple[DatagramScript, ...]

    @property
    def needs_process(self) -> bool:
        return any(isinstance(step, p.NEEDS_PROCESS) for s in self.scripts for step in s.steps)


def asked_by(script: DatagramScript) -> list[bytes]:
    """The datagrams that ``script`` means to send, in order."""
    return [materialise(step.payload) for step in script.steps if type(step) is Ask]


def in_turn(*scripts: tuple[Step, ...]) -> DatagramPlan:
    """A plan of scripts that run one after another."""
    return DatagramPlan(
        tuple(DatagramScript(steps, (i - 1,) if i else ()) for i, steps in enumerate(scripts))
    )


def side_by_side(*scripts: tuple[Step, ...]) -> DatagramPlan:
    """A plan of scripts that all start at once."""
    return DatagramPlan(tuple(map(DatagramScript, scripts)))


def problems_of(plan: DatagramPlan) -> list[str]:
    """What makes ``plan`` impossible to perform, in words; empty for a sound plan."""
    found: list[str] = []
    for i, script in enumerate(plan.scripts):
        found.extend(
            f"scripts[{i}].after: script {j} must come before script {i}"
            for j in script.after
            if j >= i
        )
        left = False
        for k, step in enumerate(script.steps):
            at = f"scripts[{i}].steps[{k}]"
            if isinstance(step, Ask | AwaitAnswers) and left:
                found.append(f"{at}: the client has left")
            if isinstance(step, Ask) and size_of(step.payload) > LARGEST_DATAGRAM:
                found.append(f"{at}: a datagram has at most {LARGEST_DATAGRAM:,} bytes")
            left = left or isinstance(step, Leave)
    return found


def encode(plan: DatagramPlan) -> bytes:
    """``plan`` as JSON."""
    return msgspec.json.encode(plan)


# --- what happened ------------------------------------------------------------------------------


class Asked(Struct, frozen=True):
    """What became of one datagram that a client meant to send, in the order of its script."""

    times: int = 0
    """How often it was sent: more than once if no answer came; 0: the script did not get there."""
    answers: int = 0
    """How many datagrams that are equal to it came back."""
    waited: float | None = None
    """Seconds of silence after which no answer was expected any more; None: it was answered, or
    nobody insisted."""


class Came(Struct, frozen=True):
    """One datagram that a client received."""

    at: float
    """Seconds into the plan."""
    source: Address
    size: int
    of: int | None
    """Which of the client's datagrams it is equal to; None: to none."""
    data: bytes = b""
    """Its bytes, if it is equal to none."""


class ClientTrace(Struct, frozen=True):
    """What one client saw."""

    asked: tuple[Asked, ...] = ()
    came: tuple[Came, ...] = ()
    target: Address | None = None
    """Where it asked."""
    address: Address | None = None
    """Its own."""
    refused: int = 0
    """How often the system said that nobody is there (ICMP: port unreachable)."""
    error: str | None = None
    """Why it could not send: an errno name such as ENETUNREACH."""
    stuck: str | None = None
    """The tag of a step other than ``await-answers`` during which patience ended."""
    waited: float = 0.0
    """Seconds of silence then."""
    done: int = 0
    """Number of steps that were completed."""
    left: bool = False
    """It has left by its script, whatever was on its way."""
    finished: float | None = None
    """Seconds into the plan when the script ended."""
    timeline: tuple[Moment, ...] = ()

    @property
    def sent(self) -> int:
        """Datagrams sent, again and again ones included."""
        return sum(one.times for one in self.asked)


class DatagramTrace(Struct, frozen=True):
    """Everything that happened in one performance of one plan."""

    scripts: tuple[ClientTrace, ...]
    measurements: tuple[Measurement, ...] = ()
    deaths: tuple[Death, ...] = ()
    unable: str | None = None
    """What the harness itself could not do, in words; then nothing may be concluded."""
    slow: float | None = None
    """Seconds after which the plan was left unfinished although answers still came."""
    duration: float = 0.0
    instances: tuple[int | None, ...] = ()
    """For each script the launch of the target that served it, None if none did."""

    @property
    def relaunched(self) -> Relaunched | None:
        """No plan of datagrams launches the target again."""
        return None

    def measured(self, label: str) -> Measurement | None:
        """The last measurement under ``label``."""
        return next((m for m in reversed(self.measurements) if m.label == label), None)
