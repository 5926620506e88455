"""Finding out the profile: what does the target promise, going by what it does.

Two clients come at once.  If both are served while both are connected, more are tried.  If the
second is served only after the first has left, the target is sequential.  If the target exits with
status 0 after the first, it is one-shot, answers or not; with another status it died, and promised
nothing.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import msgspec
from msgspec import Struct

from harness.driver import Manner, perform
from harness.driver.brief import BRIEFLY, Brief
from harness.launcher.fleet import Fleet
from harness.probing.tls import answer, speaks_tls
from harness.text.clean import plural
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Close,
    Connect,
    HalfClose,
    Literal,
    Meet,
    Plain,
    Plan,
    ReadSome,
    Send,
    Step,
    materialise,
    one,
    side_by_side,
)
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

CROWD = 8
"""Clients that a concurrent target must serve at once: as many as sessions/simultaneous opens."""
GREETING = b"first client\n"  # what the first client sends
SAMPLE = 128 * 1024
"""Bytes echoed to see how fast the target is."""
SAMPLE_TIME, STANDS_STILL = 3.0, 2.5
"""Seconds for that: of a target that needs longer, what came by then says enough; if for so many
of them nothing came it has stopped, and is not slow."""
SLOW = 4 * 1024 * 1024
"""Bytes a second below which plans send less: most servers echo a hundred times as much."""
QUICK_GLANCE = 0.08
"""Seconds for a second client where time is short: many times ``AT_ONCE``."""
AT_ONCE = 0.002
"""Seconds to the first byte within which a client is served by who runs already.  Where a process
has to be started for it, the machine may be busy when the second client comes."""
AFTER_THE_END = 0.5
"""Seconds in which a target exits whose only connection has ended."""
SLOW_FACTOR = 4
"""A second client may take so many times as long as the first before it counts as waiting."""
CROWD_GLANCES = (BRIEFLY, 2 * BRIEFLY, 8 * BRIEFLY)
"""Seconds of the looks at a crowd of which some are not served at once: a pool always serves as
many, and a busy machine that starts a process for each client does not."""
LOOKS = 2
"""Waits for the second client, at least, that are in vain before a slow target is sequential."""


class Detected(Struct, frozen=True):
    """What was found.  ``answered``: it served at least the first client."""

    profile: Profile
    answered: bool
    echoes: bool = False
    """The first client got back what it had sent, to the last byte."""
    died: bool = False
    """It ended after its first client, though not as a one-shot server does."""
    tls: bool = False
    """It speaks TLS, and no plain bytes."""
    said: bytes = b""
    """The first bytes that the first client got."""
    note: str | None = None
    unable: str | None = None


def detect(
    fleet: Fleet,
    *,
    patience: float,
    rate: float | None = None,
    glance: float = BRIEFLY,
    pools: bool = True,
) -> Detected:
    """Find the profile of the target behind ``fleet``, which is left healthy if it can be.

    ``glance``: seconds for the second client, of a target that served the first at once.
    ``pools``: whether it may be one that serves only so many at once.  Raises TargetProblem when it
    cannot be launched.
    """
    manner = Manner(patience=patience, rate=rate)
    first_look = replace(manner, end_patience=patience / 3, brief=Brief(glance))
    trace = perform(_two_clients(1), fleet, first_look)
    found = _judge(trace, fleet, patience)
    if not found.echoes and speaks_tls(fleet, trace.scripts[0], GREETING, manner):
        return msgspec.structs.replace(found, tls=True)
    first = trace.scripts[0].first_byte or 0.0
    if found.profile is Profile.SEQUENTIAL and found.answered and first > AT_ONCE:
        # It takes its time for each connection, so waiting proves nothing yet: look longer.
        looks = max(LOOKS, math.ceil(min(first * SLOW_FACTOR, patience) / BRIEFLY))
        longer = replace(manner, brief=Brief(longer_glance(glance, first)))
        fleet.refresh()
        found = _judge(perform(_two_clients(looks), fleet, longer), fleet, patience)
    if not found.answered and trace.scripts[0].ending is Ending.OPEN:
        fleet.refresh()
        return _leaves(perform(_silent_client(), fleet, first_look), fleet, found)
    if found.profile is Profile.CONCURRENT and pools:
        return _in_a_crowd(fleet, manner, found)
    return found


def longer_glance(glance: float, first: float) -> float:
    """Seconds for each of ``LOOKS`` further waits for the second client, of a target that served
    the first after ``first`` seconds: where time is short all of them together are to ``first``
    what ``glance`` is to ``AT_ONCE``."""
    if glance >= BRIEFLY:
        return BRIEFLY
    return min(BRIEFLY, glance * first / AT_ONCE / LOOKS)


class Sampled(Struct, frozen=True):
    """What was seen of a target's speed."""

    slow: float | None = None
    """Bytes a second that it echoes, if that is few; None if it is not slow."""
    died: str | None = None
    """How it ended meanwhile, if nothing but an error explains that."""
    echoes: bool = False
    """Some of it came back as it was."""
    tls: bool = False
    """It speaks TLS, and no plain bytes."""
    said: bytes = b""
    """The first bytes that came, where none of it came back as it was."""


def speed_of(fleet: Fleet, *, patience: float, rate: float | None = None) -> Sampled:
    """How fast the target echoes a sample.  Raises TargetProblem when it cannot be launched."""
    fleet.refresh()
    sent = Plain(0, SAMPLE)
    plan = one(Connect(), Send(sent), AwaitEcho(), Close())
    manner = Manner(patience=patience, rate=rate, ask=True, limit=lambda: SAMPLE_TIME)
    trace = perform(plan, fleet, manner)
    seen = trace.scripts[0]
    finished = trace.slow if seen.finished is None else seen.finished
    died = next((str(death) for death in trace.deaths if not death.clean), None)
    if seen.first_byte is None or finished is None or not seen.echoed:
        whole = materialise(sent)
        tls = speaks_tls(fleet, seen, whole, manner)
        return Sampled(died=died, tls=tls, said=answer(seen, whole))
    speed = seen.echoed / max(finished - seen.first_byte, 1e-6)
    last = max(m.until or m.at for m in seen.timeline if m.what == "received")
    slow = speed < SLOW and finished - last < STANDS_STILL
    return Sampled(slow=speed if slow else None, died=died, echoes=True)


def _two_clients(looks: int) -> Plan:
    first: tuple[Step, ...] = (
        Connect(),
        Send(Literal(GREETING)),
        ReadSome(1),  # who sends something serves this client, whatever it makes of the rest
        Meet("served"),
        Meet("looked"),
        HalfClose(),
        AwaitEcho(briefly=True),
        AwaitEnd(),
    )
    second: tuple[Step, ...] = (
        Meet("served"),
        Connect(),
        Send(Literal(b"second client\n")),
        *(AwaitEcho(briefly=True) for _ in range(looks)),
        Meet("looked"),
        HalfClose(),
        AwaitEcho(),
        Close(),
    )
    return side_by_side(first, second)


def _silent_client() -> Plan:
    """A client that expects nothing, and ends."""
    return one(Connect(), Send(Literal(GREETING)), HalfClose(), AwaitEnd())


def _leaves(trace: Trace, fleet: Fleet, found: Detected) -> Detected:
    """``found`` of a target that answers nothing: who ends its first connection in order and exits
    is one-shot, whatever is wrong with its answers."""
    if trace.scripts[0].ending is not Ending.FIN:
        return found
    left = after_the_first(fleet, AFTER_THE_END)
    return msgspec.structs.replace(found, profile=left.profile)


def _judge(trace: Trace, fleet: Fleet, patience: float) -> Detected:
    first = trace.scripts[0]
    found = _promised(trace, fleet, patience)
    return msgspec.structs.replace(found, echoes=_echoes(first), said=answer(first, GREETING))


def _echoes(seen: ScriptTrace) -> bool:
    return 0 < seen.sent == seen.echoed == seen.received


def _promised(trace: Trace, fleet: Fleet, patience: float) -> Detected:
    first, second = trace.scripts
    if trace.unable:
        return Detected(Profile.SEQUENTIAL, answered=False, unable=trace.unable)
    if not first.received:
        return Detected(Profile.SEQUENTIAL, answered=False)
    first_left = first.ended if first.ended is not None else first.finished
    if second.first_byte is not None:
        early = first_left is None or second.first_byte < first_left
        if early and first.ending is not Ending.CLIENT:
            return Detected(Profile.CONCURRENT, answered=True)
        return Detected(Profile.SEQUENTIAL, answered=True)
    return after_the_first(fleet, patience)


def after_the_first(fleet: Fleet, patience: float, *, echoes: bool = False) -> Detected:
    """The second client was not served: has the target ended, and how?

    ``echoes``: the first was served as it should be.
    """
    sequential = Detected(Profile.SEQUENTIAL, answered=True, echoes=echoes)
    instance = fleet.current
    if instance is None:
        return sequential
    deadline = time.monotonic() + patience
    while instance.alive and (left := deadline - time.monotonic()) > 0:
        if instance.listens():
            break
        instance.keeper.poll(min(left, 0.05))
    instance.keeper.poll(0.0 if not instance.alive else 0.2)
    ended = instance.exit
    if ended is None:
        return sequential
    if ended.status == 0:
        return Detected(Profile.ONE_SHOT, answered=True, echoes=echoes)
    return Detected(
        Profile.SEQUENTIAL,
        answered=True,
        echoes=echoes,
        died=True,
        note=f"The target ended after its first client with {ended}, so it died: "
        "a one-shot server exits with status 0.",
    )


def _crowd() -> Plan:
    session: tuple[Step, ...] = (
        Connect(),
        Send(Literal(b"one of a crowd\n")),
        AwaitEcho(briefly=True),
        Meet("looked"),
        AwaitEcho(briefly=True),
        HalfClose(),
        AwaitEcho(),
        Close(),
    )
    return side_by_side(*(session for _ in range(CROWD)))


def _in_a_crowd(fleet: Fleet, manner: Manner, found: Detected) -> Detected:
    """``found`` of a target that serves two clients at once, after more have come at once.

    A pool that serves some at a time and lets the others wait promises no more than order.
    """
    before = 0
    for glance in CROWD_GLANCES:
        fleet.refresh()
        at_once = served_at_once(perform(_crowd(), fleet, replace(manner, brief=Brief(glance))))
        if at_once in (before, CROWD):
            break
        before = at_once
    if at_once == CROWD:
        return found
    return Detected(
        Profile.SEQUENTIAL,
        answered=True,
        echoes=found.echoes,
        note=f"The target serves {plural(at_once, 'client')} at a time and lets others wait, "
        "so it is tested as sequential.",
    )


def served_at_once(trace: Trace) -> int:
    """How many clients of a crowd were served before one of them left: all, if some were not
    served at all, which has other reasons than that they have to wait."""
    served = [s.first_byte for s in trace.scripts if s.first_byte is not None]
    finished = min((s.finished for s in trace.scripts if s.finished is not None), default=0.0)
    return sum(first < finished for first in served) if len(served) == CROWD else CROWD
