"""Which instance of the target serves the next session.

The driver asks the fleet, and does not know whether one server serves all sessions or each has a
server of its own.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Protocol

from harness.errors import HarnessFault, TargetProblem
from harness.target.backlog import Backlog
from harness.target.instance import Instance
from harness.target.keeper import Keeper
from harness.target.launch import Launcher, Launching
from harness.target.spec import TargetSpec, is_loopback

RETIRE_WITHIN = 3.0
"""Seconds for a one-shot instance to end by itself after its session, before it is stopped."""


class Fleet(Protocol):
    """Where sessions connect to."""

    keeper: Keeper | None
    connections: int
    """Sessions that the server has had which serves the next one."""

    def acquire(self) -> Instance | None:
        """The instance for a new session, launched if need be; None for a remote target.

        Raises TargetProblem when it cannot be launched.
        """

    @property
    def current(self) -> Instance | None:
        """The instance that acts on the target (pause, measure, ...) concern, if any."""

    def address(self, instance: Instance | None) -> tuple[str, int]:
        """Where to connect."""

    def backlog(self, instance: Instance | None) -> Backlog:
        """Where a session on ``instance`` waits until it is accepted; unknown without one."""

    def release(self, instance: Instance | None) -> None:
        """The session on ``instance`` is over."""

    def relaunch(self) -> Instance:
        """Kill the current instance and launch it again, on the same port if it has a say."""

    def refresh(self) -> None:
        """Make sure that the next plan starts on a healthy target.  Raises TargetProblem."""

    def last_output(self) -> str:
        """The last lines that the current instance wrote, safe to show."""

    def retire(self) -> None:
        """Ask everything that was launched to end, so that many fleets end side by side."""

    def close(self) -> None:
        """Stop everything that was launched."""


class SharedFleet:
    """One instance serves all sessions; it is launched again when it has died."""

    connections = 0

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self.keeper: Keeper | None = launcher.keeper
        self._instance: Instance | None = None
        self._spare: Launching | None = None
        self.spares = False
        """Many fresh instances are needed: launch the next while one is in use."""
        self.relaunches = 0

    @classmethod
    def around(cls, launcher: Launcher, instance: Instance) -> SharedFleet:
        """A fleet that goes on with an instance that runs already."""
        fleet = cls(launcher)
        fleet._instance = instance
        return fleet

    @property
    def current(self) -> Instance | None:
        return self._instance

    def address(self, instance: Instance | None) -> tuple[str, int]:
        assert instance is not None
        return instance.address

    def backlog(self, instance: Instance | None) -> Backlog:
        return instance.backlog if instance is not None else Backlog(None)

    def acquire(self) -> Instance:
        self.connections += 1
        return self._running()

    def _running(self) -> Instance:
        if self._instance is None and self._spare is not None:
            launching, self._spare = self._spare, None
            with contextlib.suppress(TargetProblem):
                self._instance = launching.finish()
            if self.spares:
                self.prepare()
        if self._instance is None:
            self._instance = self.launcher.launch()
        return self._instance

    def release(self, instance: Instance | None) -> None:
        pass

    def relaunch(self) -> Instance:
        port = None
        if self._instance is not None:
            port = self._instance.address[1]
            self._instance.kill()
            self.launcher.keeper.poll()
            self.launcher.keeper.forget(self._instance.ident)
            self._instance = None
        self.relaunches += 1
        self._instance = self.launcher.launch(port, wait_for_address=False)
        return self._instance

    def refresh(self) -> None:
        self.launcher.keeper.poll()
        instance = self._instance
        if instance is None:
            self._running()
        elif not instance.alive or instance.stop_asked or not instance.listens():
            # One that was told to end may serve its last client still, and hold the listener.
            self.discard()
            self._running()

    def discard(self) -> None:
        """Stop the instance; the next one, on any port, is launched when it is needed."""
        if self._instance is not None:
            self._instance.kill()
            self.launcher.keeper.poll()
            self.launcher.keeper.forget(self._instance.ident)
            self._instance = None
            self.relaunches += 1
        self.connections = 0
        if self.spares:
            self.prepare()

    def prepare(self) -> None:
        """Begin to launch the next instance, if two can run at once."""
        if self._spare is None and self.launcher.may_overlap:
            self._spare = self.launcher.begin()

    def hand_over(self) -> Instance | None:
        """Give the instance away, if it lives: somebody else looks after it from here on."""
        instance, self._instance = self._instance, None
        if instance is None or instance.alive:
            return instance
        instance.kill()
        self.launcher.keeper.forget(instance.ident)
        return None

    def last_output(self) -> str:
        return self._instance.output() if self._instance is not None else ""

    def retire(self) -> None:
        if self._instance is not None:
            self._instance.retire()

    def close(self) -> None:
        if self._spare is not None:
            self._spare.cancel()
            self._spare = None
        if self._instance is not None:
            self._instance.stop()
            self._instance = None


class OneShotFleet:
    """Each session has an instance of its own.

    While one is in use the next is started, so that its start-up time is hidden, unless all
    instances need the same port.
    """

    connections = 0

    def __init__(self, launcher: Launcher, first: Instance | None = None) -> None:
        self.launcher = launcher
        self.keeper: Keeper | None = launcher.keeper
        self._next: Launching | None = None
        self._ready: Instance | None = first
        self._current: Instance | None = first
        self._leaving: list[tuple[Instance, float]] = []
        self._used = 0

    @property
    def current(self) -> Instance | None:
        return self._current

    def address(self, instance: Instance | None) -> tuple[str, int]:
        assert instance is not None
        return instance.address

    def backlog(self, instance: Instance | None) -> Backlog:
        return instance.backlog if instance is not None else Backlog(None)

    def acquire(self) -> Instance:
        self._await_leaving(all_of_them=self.launcher.exclusive)
        instance, self._ready = self._ready, None
        if instance is None and self._next is not None:
            launching, self._next = self._next, None
            with contextlib.suppress(TargetProblem):
                instance = launching.finish()
        if instance is None:
            instance = self.launcher.launch()
        self._current = instance
        self._used += 1
        if self.launcher.may_overlap and self._next is None:
            self._next = self.launcher.begin()
        return instance

    def release(self, instance: Instance | None) -> None:
        assert instance is not None
        instance.served = True
        self._leaving.append((instance, time.monotonic()))

    def _await_leaving(self, *, all_of_them: bool) -> None:
        """Let instances end by themselves; stop those that do not in time."""
        keeper = self.launcher.keeper
        keeper.poll()
        while self._leaving:
            instance, since = self._leaving[0]
            if instance.alive:
                left = RETIRE_WITHIN - (time.monotonic() - since)
                if left > 0:
                    if not all_of_them and len(self._leaving) < 3:
                        return
                    keeper.poll(left)
                    continue
            # Children may outlive a process that ended: nothing of it may stay.
            instance.kill()
            keeper.poll()
            keeper.forget(instance.ident)
            del self._leaving[0]

    def relaunch(self) -> Instance:
        port = None
        if self._current is not None:
            port = self._current.address[1]
            self._current.kill()
            self.launcher.keeper.poll()
            self._leaving = [pair for pair in self._leaving if pair[0] is not self._current]
        self._ready = None
        self._current = self.launcher.launch(port, wait_for_address=False)
        self._ready = self._current
        return self._current

    def refresh(self) -> None:
        self.launcher.keeper.poll()
        if self._ready is not None and (not self._ready.alive or self._ready.stop_asked):
            self._ready = None
        if self._current is None:
            self._ready = self._current = self.launcher.launch()

    def discard(self) -> None:
        """Kill the instances in use: after a breach they may be stuck."""
        for instance, _ in self._leaving:
            instance.kill()
            self.launcher.keeper.poll()
            self.launcher.keeper.forget(instance.ident)
        self._leaving = []

    def last_output(self) -> str:
        return self._current.output() if self._current is not None else ""

    def _in_use(self) -> list[Instance]:
        known = [self._ready, self._current, *(instance for instance, _ in self._leaving)]
        return list({id(i): i for i in known if i is not None}.values())

    def retire(self) -> None:
        for instance in self._in_use():
            instance.retire()

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self.retire()
        for instance in self._in_use():
            instance.stop()
        self._leaving = []
        self._next = self._ready = self._current = None


class RemoteFleet:
    """A target that somebody else runs; only its address is known."""

    keeper: Keeper | None = None
    current: Instance | None = None
    connections = 0

    def __init__(self, spec: TargetSpec) -> None:
        if spec.connect is None:
            raise HarnessFault("a remote fleet needs an address")
        host, port = spec.connect
        if not is_loopback(host) and not spec.allow_remote:
            raise TargetProblem(
                f"{host} is not a loopback address.",
                "Add --allow-remote if you may send test traffic there.",
                step="connect",
            )
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TargetProblem(
                f"the host {host} cannot be resolved ({error}).", "Check --connect.", step="connect"
            ) from error
        self._address: tuple[str, int] = (str(found[0][4][0]), port)
        self._backlog = Backlog(port if is_loopback(self._address[0]) else None)

    def acquire(self) -> None:
        self.connections += 1

    def address(self, instance: Instance | None) -> tuple[str, int]:
        return self._address

    def backlog(self, instance: Instance | None) -> Backlog:
        return self._backlog

    def release(self, instance: Instance | None) -> None:
        pass

    def relaunch(self) -> Instance:
        raise HarnessFault("a target that the harness did not launch cannot be launched again")

    def refresh(self) -> None:
        pass

    def last_output(self) -> str:
        return ""

    def retire(self) -> None:
        pass

    def close(self) -> None:
        pass
