"""An instance on its way to listening, without anybody ever connecting to it.

Readiness is read from the system's tables.  A probe connection would use up a one-shot server.
"""

from __future__ import annotations

import math
import signal
import time

from harness.launcher.complaints import Tried, exited
from harness.launcher.instance import Instance
from harness.launcher.learned import Learned
from harness.launcher.nowhere import never_listened
from harness.launcher.output import last_lines
from harness.launcher.ports import listed
from harness.system import sockets, tree
from harness.values.address import Address, LaunchStyle, TcpAddress

POLL_FIRST, POLL_MOST = 0.001, 0.01
"""Seconds between two looks at the system's tables: they announce nothing by themselves."""
INPUT_ENDS = 1.0
"""Seconds for which a target has slept and does not listen: it may read its standard input to the
end first, so that ends then."""
STARTS_WITH_IT = (LaunchStyle.INETD_WAIT, LaunchStyle.SOCKET_ACTIVATION)
"""The styles in which the server is started after its listener is there."""
BEGINS_WITHIN = 2.0
"""Seconds for a server that was given its listener to come to where it waits for clients."""
HOLDS_STILL = 4
"""Looks in a row at which it does nothing."""


class Launching:
    """An instance on its way to listening."""

    def __init__(self, launcher: Learned, instance: Instance) -> None:
        self.launcher = launcher
        self.instance = instance
        self.search = launcher.search(instance)
        self._sleeps: float | None = time.monotonic()
        """Since when the target has only slept; None once its standard input was ended."""

    def cancel(self) -> None:
        self.instance.kill()
        self.instance.leave_network()

    def finish(self, within: float | None = None) -> Instance:
        """Wait until it listens.  Raises TargetProblem (and ends the instance) if it never does.

        ``within``: seconds, if that is less than the start-up time.
        """
        try:
            address = self._await_listener(within)
            if self.launcher.spec.launch in STARTS_WITH_IT:
                self._await_start()
        except BaseException:
            self.instance.kill()
            self.instance.leave_network()
            raise
        self.instance.listens_at(address)
        self.instance.ready_s = time.monotonic() - self.instance.launched_at
        self.launcher.learn(self.instance)
        self.launcher.shim.look(self.instance.pid)
        return self.instance

    def _await_listener(self, within: float | None) -> Address:
        instance, keeper = self.instance, self.instance.keeper
        timeout = min(self.launcher.spec.start_timeout, within or math.inf)
        deadline = instance.launched_at + timeout
        nap = POLL_FIRST
        while True:
            now = time.monotonic()
            if (address := self.search.look(now, last=now > deadline)) is not None:
                self._tell_of_others(address)
                return address
            self._must_live()
            if now > deadline:
                self.launcher.note_files(instance)
                raise never_listened(
                    self.launcher.spec,
                    instance.listeners(),
                    last_lines(instance.output()),
                    self.search.finder.wanted,
                    sockets.not_tcp(instance.members()),
                    through=instance.through,
                )
            self._end_input(now)
            keeper.poll(nap)
            nap = min(nap * 1.5, POLL_MOST)

    def _end_input(self, now: float) -> None:
        """End the standard input of a target that has waited for something for a while, once."""
        if self._sleeps is None:
            return
        if not self.instance.asleep():
            self._sleeps = now
        elif now - self._sleeps > INPUT_ENDS:
            self._sleeps = None
            self.instance.keeper.ask({"op": "end_input", "id": self.instance.ident})

    def _must_live(self) -> None:
        """Raise TargetProblem when nothing of it is left.

        A launched process that ended may have left a daemon that is about to listen.
        """
        instance = self.instance
        if instance.ident in instance.keeper.exits and not instance.members():
            raise exited(
                self.launcher.spec,
                instance.keeper.exits[instance.ident],
                last_lines(instance.output()),
                Tried(
                    offered=instance.offered,
                    fixed=self.launcher.fixed_port,
                    earlier=self.launcher.earlier_port,
                    path=instance.offer.path,
                ),
                through=instance.through,
            )

    def _await_start(self) -> None:
        """It was given a listener before it began: wait until it holds still, as one does who waits
        for a client.  Raises TargetProblem when it ends instead."""
        until = time.monotonic() + BEGINS_WITHIN
        still = 0
        while still < HOLDS_STILL and time.monotonic() < until:
            self.instance.keeper.poll(POLL_MOST)
            self._must_live()
            still = still + 1 if self.instance.asleep() else 0
        if self.launcher.spec.launch is LaunchStyle.INETD_WAIT:
            tree.send_signal([self.instance.pid], signal.SIGUSR1)

    def _tell_of_others(self, address: Address) -> None:
        if not isinstance(address, TcpAddress):
            return
        port = address.port
        if port in (self.search.finder.wanted, self.instance.offered):
            return
        ports = {number for _, number in self.instance.seen_listeners()}
        if len(ports) > 1:
            self.launcher.notice(
                f"the target listens on {listed(sorted(ports))}; {port} is tested, going by its "
                "command and source. --port chooses another."
            )
