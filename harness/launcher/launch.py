"""Launching instances of a target, each until it listens, without ever connecting to it.

Readiness is read from the system's tables.  A probe connection would use up a one-shot server.
"""

from __future__ import annotations

import math
import os
import random
import socket
import time

from harness.launcher import command
from harness.launcher.complaints import (
    AddressInUse,
    PortLost,
    Tried,
    cannot_execute,
    exited,
    never_listened,
)
from harness.launcher.ends import LaunchError
from harness.launcher.finding import Finder, address_of
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.network import Network, Place
from harness.launcher.output import last_lines
from harness.launcher.ports import listed
from harness.launcher.shims import Shim
from harness.system import lingering, sockets
from harness.system.free_ports import can_bind, free_port
from harness.values.target import TargetSpec

POLL_FIRST, POLL_MOST = 0.001, 0.01
"""Seconds between two looks at the system's tables: they announce nothing by themselves."""
PORT_RACES = 3
"""Launches after which a target that found its offered port taken is not tried again."""
SET_IT = "Set SO_REUSEADDR on the listening socket before bind(), or wait a minute."
FREED = (
    "The harness has freed the port and goes on; by hand, set SO_REUSEADDR on the listening socket "
    "before bind(), or wait a minute."
)


class Launcher:
    """Launches instances of one target.

    ``seed`` decides the ports that are tried, so that two runs side by side differ only by it
    and by the process id.
    """

    def __init__(self, spec: TargetSpec, keeper: Keeper, seed: int = 0) -> None:
        self.spec = spec
        self.keeper = keeper
        self._rng = random.Random(f"{seed}.{os.getpid()}")
        self.fixed_port: int | None = spec.port
        """The port that every instance uses whatever it is offered, once that is known."""
        self.own_ports: set[int] = set()
        """Ports that instances listened on although another was offered."""
        self.took_offer: bool | None = None
        """Whether instances listen on the port that they are offered, once that is known."""
        self.settled = False
        """Instances are judged on the port that was found: too late to go on with another."""
        self._frees = False
        """Closed connections have kept an instance from its port: free it before each launch."""
        self.shim = Shim()
        self.launches = 0
        self.notices: list[str] = []
        """What the user should be told about the launches, in order."""

    @property
    def may_overlap(self) -> bool:
        """Two instances can run at once when the port is ours to give, or differs by itself.

        A port of the target's own choice is known to differ only after two launches.
        """
        if self.isolated:
            return True
        return not self.exclusive and (not self.own_ports or len(self.own_ports) > 1)

    @property
    def isolated(self) -> bool:
        """Whether each instance has a network of its own, with all ports to itself."""
        return self.keeper.isolated

    @property
    def exclusive(self) -> bool:
        """Whether two instances cannot run at once, since they need the same port."""
        return self.fixed_port is not None and not self.isolated

    @property
    def earlier_port(self) -> int | None:
        """The port that an instance needs which was launched before, as far as that is known."""
        if self.fixed_port is None and len(self.own_ports) == 1:
            return next(iter(self.own_ports))
        return self.fixed_port

    def begin(self, port: int | None = None, network: Network | None = None) -> Launching:
        """Start an instance and return at once.  ``port``: offer this one.  ``network``: in which;
        without it an isolated one has a fresh one.

        Raises TargetProblem when the command cannot be executed.
        """
        spec = self.spec
        offered = port or self.fixed_port or free_port(spec.host, self._rng)
        argv, env = command.arguments(spec, offered), command.environment(spec, offered)
        self.launches += 1
        started = time.monotonic()
        place = self._place(offered, network) if self.isolated else None
        try:
            program = command.resolved(argv, env, spec.cwd)
            ident = self.keeper.launch(*self.shim.left_out(program, env), spec.cwd, place)
        except LaunchError as error:
            raise cannot_execute(argv[0], spec, error) from error
        network = place.network if place is not None else None
        instance = Instance(self.keeper, ident, started, offered, network)
        self.shim.began(instance.pid, program, env)
        return Launching(self, instance)

    def _place(self, offered: int, network: Network | None) -> Place:
        ports = {offered, self.earlier_port or offered}
        family = socket.AF_INET6 if ":" in self.spec.host else socket.AF_INET
        return Place(network or self.keeper.network(), sorted(ports), family)

    def launch(
        self,
        port: int | None = None,
        *,
        wait_for_address: bool = True,
        network: Network | None = None,
    ) -> Instance:
        """Start an instance and wait until it listens.  Raises TargetProblem.

        An offered port that was lost to somebody else is replaced.  One that earlier connections
        keep (TIME_WAIT) is freed, or else waited for, within the start-up time, unless
        ``wait_for_address`` is false.  ``network``: see ``begin``.
        """
        deadline = time.monotonic() + (self.spec.start_timeout if wait_for_address else 0.0)
        races = 0
        freed: AddressInUse | None = None
        while True:
            if self._frees and wait_for_address:
                self.free_port()
            launching = self.begin(port, network)
            try:
                instance = launching.finish()
            except PortLost:
                races += 1
                if races == PORT_RACES or port is not None:
                    raise
            except AddressInUse as problem:
                if time.monotonic() > deadline or self.isolated:
                    raise
                freed = self._get_address(problem, deadline)
            else:
                if freed is not None:
                    self.notice(f"{freed.why} {FREED}")
                return instance

    def _get_address(self, problem: AddressInUse, deadline: float) -> AddressInUse | None:
        """Free the port that the target could not have, or wait for it; ``problem`` if freed."""
        if problem.lingers and problem.port is not None and lingering.free(problem.port):
            self._frees = True
            return problem
        if problem.lingers:
            self.notice(f"{problem.why} {SET_IT}")
        else:
            self.notice(f"{problem.what} is still in use; waiting for it to become free.")
        self._await_free(problem.port, deadline)
        return None

    def free_port(self) -> None:
        """End what earlier connections have left on the port that every instance needs."""
        if (port := self.earlier_port) is not None and not self.isolated:
            lingering.free(port)

    def notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def _await_free(self, port: int | None, deadline: float) -> None:
        """Wait until ``port`` can be bound, or, when it is not known, for a moment."""
        until = deadline if port is not None else min(deadline, time.monotonic() + 0.5)
        while time.monotonic() < until:
            if port is not None:
                lingering.free(port)
                if can_bind(self.spec.host, port):
                    return
            self.keeper.poll(0.05)

    def learn(self, instance: Instance) -> None:
        """Note what the port that ``instance`` took tells about the next ones."""
        port = instance.address[1]
        if port == instance.offered:
            if port not in self.own_ports:
                self.took_offer = True
            return
        self.took_offer = False
        if port in self.own_ports:
            self.fixed_port = port
        self.own_ports.add(port)

    def finder(self, instance: Instance) -> Finder:
        return Finder(self.spec, instance.offered, self.took_offer, instance.members)

    def look_again(self, instance: Instance, *, proven: bool) -> bool:
        """Whether ``instance`` listens by now on a port that is to be tested instead of the one
        that was found; then its address is that.

        ``proven``: what was found echoes.  Raises TargetProblem when that makes it unclear.
        """
        found = instance.listeners()
        before = instance.address[1]
        port = self.finder(instance).again(found, before, proven=proven)
        if port == before:
            return False
        instance.listens_at(address_of(found, port, self.spec))
        self.own_ports.discard(before)
        self.fixed_port = self.spec.port
        self.learn(instance)
        return True


class Launching:
    """An instance on its way to listening."""

    def __init__(self, launcher: Launcher, instance: Instance) -> None:
        self.launcher = launcher
        self.instance = instance
        self.finder = launcher.finder(instance)

    def cancel(self) -> None:
        self.instance.kill()
        self.instance.leave_network()

    def finish(self, within: float | None = None) -> Instance:
        """Wait until it listens.  Raises TargetProblem (and ends the instance) if it never does.

        ``within``: seconds, if that is less than the start-up time.
        """
        try:
            address = self._await_listener(within)
        except BaseException:
            self.instance.kill()
            self.instance.leave_network()
            raise
        self.instance.listens_at(address)
        self.instance.ready_s = time.monotonic() - self.instance.launched_at
        self.launcher.learn(self.instance)
        self.launcher.shim.look(self.instance.pid)
        return self.instance

    def _await_listener(self, within: float | None) -> tuple[str, int]:
        instance, keeper = self.instance, self.launcher.keeper
        timeout = min(self.launcher.spec.start_timeout, within or math.inf)
        deadline = instance.launched_at + timeout
        nap = POLL_FIRST
        while True:
            found = instance.listeners()
            now = time.monotonic()
            if (port := self.finder.look(found, now, last=now > deadline)) is not None:
                self._tell_of_others(found, port)
                return address_of(found, port, self.launcher.spec)
            # A launched process that ended may have left a daemon that is about to listen.
            if instance.ident in keeper.exits and not instance.members():
                raise exited(
                    self.launcher.spec,
                    keeper.exits[instance.ident],
                    last_lines(instance.output()),
                    Tried(
                        offered=instance.offered,
                        fixed=self.launcher.fixed_port,
                        earlier=self.launcher.earlier_port,
                    ),
                    through=instance.through,
                )
            if now > deadline:
                raise never_listened(
                    self.launcher.spec,
                    found,
                    last_lines(instance.output()),
                    self.finder.wanted,
                    sockets.not_tcp(instance.members()),
                    through=instance.through,
                )
            keeper.poll(nap)
            nap = min(nap * 1.5, POLL_MOST)

    def _tell_of_others(self, found: list[tuple[str, int]], port: int) -> None:
        ports = {number for _, number in found}
        if len(ports) > 1 and port not in (self.finder.wanted, self.instance.offered):
            self.launcher.notice(
                f"the target listens on {listed(sorted(ports))}; {port} is tested, going by its "
                "command and source. --port chooses another."
            )
