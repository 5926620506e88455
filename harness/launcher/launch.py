"""Launching instances of a target, each until it listens, without ever connecting to it.

Readiness is read from the system's tables.  A probe connection would use up a one-shot server.
Long because the launcher, what it has learnt and an instance on its way belong together.
"""

from __future__ import annotations

import os
import random
import socket
import time

from harness.launcher import command
from harness.launcher.command import Offer
from harness.launcher.complaints import (
    AddressInUse,
    PortLost,
    cannot_execute,
)
from harness.launcher.ends import LaunchError
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launching import Launching
from harness.launcher.learned import Learned
from harness.launcher.network import Network, Place
from harness.launcher.socket_files import no_room
from harness.system import lingering
from harness.system.free_ports import can_bind, free_port
from harness.values.address import Address, Transport, UnixAddress
from harness.values.target import TargetSpec

PORT_RACES = 3
"""Launches after which a target that found its offered port taken is not tried again."""
SET_IT = "Set SO_REUSEADDR on the listening socket before bind(), or wait a minute."
FREED = (
    "The harness has freed the port and goes on; by hand, set SO_REUSEADDR on the listening socket "
    "before bind(), or wait a minute."
)


class Launcher(Learned):
    """Launches instances of one target.

    ``seed`` decides the ports that are tried, so that two runs side by side differ only by it
    and by the process id.
    """

    def __init__(self, spec: TargetSpec, keeper: Keeper, seed: int = 0) -> None:
        super().__init__(spec)
        self.keeper = keeper
        self._rng = random.Random(f"{seed}.{os.getpid()}")
        self.settled = False
        """Instances are judged on the port that was found: too late to go on with another."""
        self._frees = False
        """Closed connections have kept an instance from its port: free it before each launch."""
        self.launches = 0
        self._early: Launching | None = None
        # Once, since to read an environment takes as long as all else that is done for a launch.
        self._inherited = command.inherited(spec)

    @property
    def may_overlap(self) -> bool:
        """Two instances can run at once when the port is ours to give, or differs by itself.

        A port of the target's own choice is known to differ only after two launches.
        """
        if self.isolated and not self.own_file:
            return True
        own = self.own_ports | self.own_paths
        return not self.exclusive and (not own or len(own) > 1)

    @property
    def isolated(self) -> bool:
        """Whether each instance has a network of its own, with all ports to itself."""
        return self.keeper.isolated

    @property
    def exclusive(self) -> bool:
        """Whether two instances cannot run at once, since they need the same port or path."""
        fixed = self.fixed_port is not None or len(self.own_paths) == 1
        return self.own_file or (fixed and not self.isolated)

    def begin(self, again: Address | None = None, network: Network | None = None) -> Launching:
        """Start an instance and return at once.  ``again``: offer this place.  ``network``: in
        which; without it an isolated one has a fresh one.

        Raises TargetProblem when the command cannot be executed.
        """
        spec, offer = self.spec, self._offer(again)
        argv = command.arguments(spec, offer)
        env = command.environment(spec, offer, self._inherited)
        self.launches += 1
        started = time.monotonic()
        place = self._place(offer.port, network) if self.isolated else None
        try:
            program = command.resolved(argv, env, spec.cwd)
            if spec.is_given:
                program = command.handed(spec, offer, program)
            ident = self.keeper.launch(*self.shim.left_out(program, env), spec.cwd, place)
        except LaunchError as error:
            raise cannot_execute(argv[0], spec, error) from error
        network = place.network if place is not None else None
        instance = Instance(self.keeper, ident, started, offer, network)
        self.shim.began(instance.pid, program, env)
        return Launching(self, instance)

    def begin_early(self) -> None:
        """Start the instance that the next ``launch`` waits for.  Raises TargetProblem when the
        command cannot be executed."""
        self._early = self.begin()

    def _begun(self, again: Address | None, network: Network | None) -> Launching:
        early, self._early = self._early, None
        return early or self.begin(again, network)

    def _offer(self, again: Address | None) -> Offer:
        """Where the next instance may listen."""
        path = ""
        if isinstance(again, UnixAddress):
            path, again = again.path, None
        elif self.speaks in (None, Transport.UNIX) and Transport.UNIX in self.spec.candidates:
            path = self.keeper.folder.next()
            if not path and self.spec.candidates == (Transport.UNIX,):
                raise no_room()
        port = again.port if again is not None else self.fixed_port
        return Offer(port or free_port(self.spec.host, self._rng), path)

    def _place(self, offered: int, network: Network | None) -> Place:
        ports = {offered, self.earlier_port or offered}
        family = socket.AF_INET6 if ":" in self.spec.host else socket.AF_INET
        return Place(network or self.keeper.network(), sorted(ports), family)

    def launch(
        self,
        again: Address | None = None,
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
            if wait_for_address:
                self.left.remove()
                if self._frees:
                    self.free_port()
            launching = self._begun(again, network)
            try:
                instance = launching.finish()
            except PortLost:
                races += 1
                if races == PORT_RACES or again is not None:
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
        """End what earlier connections have left on the port that every instance needs, and what
        instances have left of their Unix sockets."""
        self.left.remove()
        if (port := self.earlier_port) is not None and not self.isolated:
            lingering.free(port)

    def _await_free(self, port: int | None, deadline: float) -> None:
        """Wait until ``port`` can be bound, or, when it is not known, for a moment."""
        until = deadline if port is not None else min(deadline, time.monotonic() + 0.5)
        while time.monotonic() < until:
            if port is not None:
                lingering.free(port)
                if can_bind(self.spec.host, port):
                    return
            self.keeper.poll(0.05)

    def look_again(self, instance: Instance, *, proven: bool) -> bool:
        """Whether ``instance`` listens by now on a port that is to be tested instead of the one
        that was found; then its address is that.

        ``proven``: what was found echoes.  Raises TargetProblem when that makes it unclear.
        """
        before = instance.address
        address = self.search(instance).again(before, proven=proven)
        if address == before:
            return False
        self.unlearn(instance)
        instance.listens_at(address)
        self.learn(instance)
        return True
