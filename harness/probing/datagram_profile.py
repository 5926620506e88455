"""Finding out what a server of datagrams promises.

There are no connections, so nobody can be served beside somebody else: it answers one datagram
after another (sequential), or it answers one and exits with status 0 (one-shot).
"""

from __future__ import annotations

from harness.driver import Manner
from harness.driver.datagrams import perform
from harness.launcher.fleet import Fleet
from harness.probing.profile import Detected, after_the_first
from harness.values.datagrams import Ask, AwaitAnswers, ClientTrace, in_turn
from harness.values.plan import Literal
from harness.values.verdict import Profile

FIRST, SECOND = b"first client\n", b"second client\n"


def detect(fleet: Fleet, *, patience: float, rate: float | None = None) -> Detected:
    """Find the profile of the target behind ``fleet``, which is left healthy if it can be.

    Raises TargetProblem when it cannot be launched.
    """
    plan = in_turn(*((Ask(Literal(said)), AwaitAnswers()) for said in (FIRST, SECOND)))
    trace = perform(plan, fleet, Manner(patience=patience, rate=rate))
    if trace.unable:
        return Detected(Profile.SEQUENTIAL, answered=False, unable=trace.unable)
    first, second = map(_answered, trace.scripts)
    if not first:
        return Detected(Profile.SEQUENTIAL, answered=False)
    echoes = bool(trace.scripts[0].asked[0].answers)
    if second:
        return Detected(Profile.SEQUENTIAL, answered=True, echoes=echoes)
    return after_the_first(fleet, patience, echoes=echoes)


def _answered(seen: ClientTrace) -> bool:
    """Whether anything came, whatever it was."""
    return bool(seen.came)
