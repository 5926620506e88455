"""Instances in networks of their own: whether that helps, and whether it works for a target.

A network of its own lets several instances have the same port at once.  Not every system allows it,
and not every target can do without the world outside.  So one is tried before others depend on it.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import EchoHarnessError, MachineProblem, TargetProblem
from harness.launcher.launch import Launcher
from harness.launcher.network import NoIsolation
from harness.launcher.shared import SharedFleet
from harness.settings.run import Isolate
from harness.values import datagrams
from harness.values.address import UdpAddress
from harness.values.plan import AwaitEnd, Connect, HalfClose, Literal, Send, one

COMES_WITHIN, TIMES_THE_FIRST = 2.0, 5
"""Seconds for the first isolated instance to listen: these, and so many times what another took."""
SILENT = "it did not answer there"
GOES_ON = "Its instances run one after another, as without; --isolate never does not try it."


class Isolation:
    """What is known of it for one target.

    ``reason``: why instances are not isolated although that would help, in words.
    """

    def __init__(self, wish: Isolate, patience: float) -> None:
        self.on = wish is Isolate.ALWAYS
        """Further instances have networks of their own."""
        self.reason: str | None = None
        self._wish = wish
        self._patience = patience
        self._fleet: SharedFleet | None = None
        """With the first isolated instance, until it is decided whether others follow."""
        self._answers = False
        self._forbidden = False
        self._over = False

    def attempt(self, launcher: Callable[[], Launcher], ready_s: float) -> None:
        """Launch one isolated instance, once, and say something to it.

        ``launcher``: makes one for isolated instances; it may raise NoIsolation.  ``ready_s``:
        seconds that another instance took to listen.
        """
        if self._wish is not Isolate.AUTO or self._over or self._fleet or self.reason:
            return
        try:
            made = launcher()
            instance = made.begin().finish(COMES_WITHIN + TIMES_THE_FIRST * ready_s)
            self._fleet = SharedFleet.around(made, instance)
            self._answers = answers(self._fleet, self._patience)
        except NoIsolation as error:
            self._forbidden = True
            self._give_up(error)
        except (TargetProblem, MachineProblem) as problem:
            self._give_up(problem)

    def decide(self, answered: bool | None) -> SharedFleet | None:
        """The fleet of the first isolated instance, from where on others are: ``on`` is set then.

        ``answered``: whether an instance that is not isolated has answered a client.  None: that is
        not known yet, and an isolated one that does not answer decides nothing.
        """
        fleet = self._fleet
        if fleet is None or not (self._answers or answered is not None):
            return None
        self._fleet = None
        self._over = True
        if self._answers or not answered:
            self.on = True
            return fleet
        self.reason = SILENT
        fleet.close()
        return None

    def notice(self) -> list[str]:
        """For a target that cannot be isolated, though the system allows it."""
        if self.reason is None or self._forbidden:
            return []
        return [f"the target could not be tested in a network of its own: {self.reason}. {GOES_ON}"]

    def close(self) -> None:
        """Stop the instance of which nothing was decided."""
        if self._fleet is not None:
            self._fleet.close()
            self._fleet = None

    def _give_up(self, problem: EchoHarnessError) -> None:
        self.close()
        self._over = True
        self.reason = problem.message.splitlines()[0].rstrip(".")


def answers(fleet: SharedFleet, patience: float) -> bool:
    """Whether a client of ``fleet`` gets anything back."""
    from harness.driver import Manner, perform  # the target is launched before this is there

    said, manner = Literal(b"from inside\n"), Manner(patience=patience)
    if isinstance(fleet.address(fleet.current), UdpAddress):
        from harness.driver.datagrams import perform as perform_datagrams  # few targets need it

        asked = datagrams.in_turn((datagrams.Ask(said), datagrams.AwaitAnswers()))
        return bool(perform_datagrams(asked, fleet, manner).scripts[0].came)
    plan = one(Connect(), Send(said), HalfClose(), AwaitEnd())
    return bool(perform(plan, fleet, manner).scripts[0].received)
