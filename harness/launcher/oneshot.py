"""A fleet with a server for each session."""

from __future__ import annotations

import contextlib
import time
from collections import deque

from harness.errors import TargetProblem
from harness.launcher.fleet import LaunchedFleet
from harness.launcher.instance import Instance
from harness.launcher.launch import Launcher
from harness.launcher.launching import Launching

RETIRE_WITHIN = 3.0
"""Seconds for a one-shot instance to end by itself after its session, before it is stopped."""


class OneShotFleet(LaunchedFleet):
    """Each session has an instance of its own.

    While one is in use the next is started, so that its start-up time is hidden, unless all
    instances need the same port.
    """

    def __init__(
        self,
        launcher: Launcher,
        first: Instance | None = None,
        coming: Launching | None = None,
    ) -> None:
        super().__init__(launcher)
        self._coming = deque([coming] if coming is not None else [])
        self.ahead = 1
        """Instances that are launched while others are in use."""
        self.wanted: int | None = None
        """Sessions that are still to come; None: nobody knows.  None is launched in vain."""
        self._ready: Instance | None = first
        self._current: Instance | None = first
        self._leaving: list[tuple[Instance, float]] = []

    @property
    def current(self) -> Instance | None:
        return self._current

    def acquire(self) -> Instance:
        self._await_leaving(all_of_them=not self.launcher.may_overlap)
        instance, self._ready = self._ready, None
        while instance is None and self._coming:
            with contextlib.suppress(TargetProblem):
                instance = self._coming.popleft().finish()
        if instance is None:
            instance = self.launcher.launch()
        self._current = instance
        if self.wanted is not None:
            self.wanted = max(0, self.wanted - 1)
        self._launch_ahead()
        return instance

    def _launch_ahead(self) -> None:
        many = self.ahead if self.wanted is None else min(self.ahead, self.wanted)
        while self.launcher.may_overlap and len(self._coming) < many:
            self._coming.append(self.launcher.begin())

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
                    if not all_of_them and len(self._leaving) < 2 + self.ahead:
                        return
                    keeper.poll(left)
                    continue
            # Children may outlive a process that ended: nothing of it may stay.
            instance.kill()
            instance.forget()
            del self._leaving[0]

    def relaunch(self) -> Instance:
        again = network = None
        if self._current is not None:
            again, network = self._current.address, self._current.hand_on_network()
            self._current.kill()
            self.launcher.keeper.poll()
            self._leaving = [pair for pair in self._leaving if pair[0] is not self._current]
        self._ready = None
        if network is not None and network.left:
            network = None
        self._current = self.launcher.launch(again, wait_for_address=False, network=network)
        self._ready = self._current
        return self._current

    def refresh(self) -> None:
        self.confirm()
        if self._ready is not None and (not self._ready.alive or self._ready.stop_asked):
            self._ready = None
        if self._current is None:
            self._ready = self._current = self.launcher.launch()

    def confirm(self) -> None:
        self.launcher.keeper.poll()
        if self._current is not None:
            self._current.confirm()

    def discard(self) -> None:
        """Kill the instances in use: after a breach they may be stuck."""
        for instance, _ in self._leaving:
            instance.kill()
            self.launcher.keeper.poll()
            instance.forget()
        self._leaving = []

    def last_output(self, ident: int | None = None) -> str:
        known = {instance.ident: instance for instance in self._in_use()}
        instance = known.get(ident, self._current) if ident is not None else self._current
        return instance.output() if instance is not None else ""

    def _in_use(self) -> list[Instance]:
        known = [self._ready, self._current, *(instance for instance, _ in self._leaving)]
        return list({id(i): i for i in known if i is not None}.values())

    def retire(self) -> None:
        for instance in self._in_use():
            instance.retire()

    def close(self) -> None:
        for launching in self._coming:
            launching.cancel()
        self._coming.clear()
        self.retire()
        for instance in self._in_use():
            instance.stop()
        self._leaving = []
        self._ready = self._current = None
