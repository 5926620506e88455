"""Instances in networks of their own: whether that helps, and whether it works for a target.

A network of its own lets several instances have the same port at once.  Not every system allows it,
and not every target can do without the world outside.  So one is tried before others depend on it.
"""

from __future__ import annotations

from harness.driver import perform
from harness.errors import TargetProblem
from harness.launcher.keeper import NoIsolation
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.values.plan import AwaitEnd, Connect, HalfClose, Literal, Send, one

COMES_WITHIN, TIMES_THE_FIRST = 2.0, 5
"""Seconds for the first isolated instance to listen: these, and so many times what another took."""
GOES_ON = "Its instances run one after another, as without; --isolate never does not try it."


class Tried:
    """What came of the first isolated instance."""

    def __init__(
        self, fleet: SharedFleet | None = None, *, answers: bool = False, reason: str = ""
    ) -> None:
        self.fleet = fleet
        """With that instance; None when it did not come up."""
        self.answers = answers
        """A client had something back from it."""
        self.reason = reason
        """Why there is none, in words."""
        self.forbidden = False
        """The system allows no such network, whatever the target does."""
        self.told = False
        """The user knows that it did not work."""


def try_one(launcher: Launcher, within: float, patience: float) -> Tried:
    """Launch one isolated instance, which must listen ``within`` seconds, and say something to it.

    Raises MachineProblem when the machine lacks something.
    """
    try:
        instance = launcher.begin().finish(within)
    except TargetProblem as problem:
        return Tried(reason=problem.message.splitlines()[0])
    fleet = SharedFleet.around(launcher, instance)
    plan = one(Connect(), Send(Literal(b"from inside\n")), HalfClose(), AwaitEnd())
    seen = perform(plan, fleet, patience=patience).scripts[0]
    return Tried(fleet, answers=bool(seen.received))


def forbidden(error: NoIsolation) -> Tried:
    """What the system does not allow."""
    tried = Tried(reason=error.message.rstrip("."))
    tried.forbidden = True
    return tried


def given_up(tried: Tried) -> str:
    """The notice for a target that cannot be isolated, though the system allows it."""
    why = tried.reason or "it did not answer there"
    return f"the target could not be tested in a network of its own: {why.rstrip('.')}. {GOES_ON}"
