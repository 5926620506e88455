"""A fleet of one server for all sessions."""

from __future__ import annotations

import contextlib

from harness.errors import TargetProblem
from harness.launcher.fleet import LaunchedFleet
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.launching import Launching


class SharedFleet(LaunchedFleet):
    """One instance serves all sessions; it is launched again when it has died."""

    def __init__(self, launcher: Launcher) -> None:
        super().__init__(launcher)
        self._by = launcher
        """Who launched the instance in use."""
        self._instance: Instance | None = None
        self._spare: Launching | None = None
        self._spare_by = launcher
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
    def keeper(self) -> Keeper:
        return self._by.keeper

    def go_on_with(self, launcher: Launcher) -> None:
        """The instance in use stays; others that follow it come from ``launcher``."""
        self.launcher = launcher
        if self._instance is None:
            self._by = launcher

    @property
    def current(self) -> Instance | None:
        return self._instance

    def acquire(self) -> Instance:
        self.connections += 1
        return self._running()

    def _running(self) -> Instance:
        if self._instance is None and self._spare is not None:
            launching, self._spare = self._spare, None
            with contextlib.suppress(TargetProblem):
                self._instance = launching.finish()
                self._by = self._spare_by
            if self.spares:
                self.prepare()
        if self._instance is None:
            self._instance = self.launcher.launch()
            self._by = self.launcher
        return self._instance

    def release(self, instance: Instance | None) -> None:
        pass

    def relaunch(self) -> Instance:
        again = network = None
        if self._instance is not None:
            again, network = self._instance.address, self._instance.hand_on_network()
            self._instance.kill()
            self.keeper.poll()
            self._instance.forget()
            self._instance = None
        self.relaunches += 1
        self.connections = 0
        self._instance = self._by.launch(again, wait_for_address=False, network=network)
        return self._instance

    def refresh(self) -> None:
        self.keeper.poll()
        instance = self._instance
        if instance is None:
            self._running()
            return
        listens = self._confirmed()
        if not instance.alive or instance.stop_asked or not listens:
            # One that was told to end may serve its last client still, and hold the listener.
            self.discard()
            self._running()

    def confirm(self) -> None:
        self._confirmed()

    def _confirmed(self) -> bool:
        """Whether the instance in use listens.  Raises WrongTarget when somebody else does."""
        self.keeper.poll()
        if self._instance is None:
            return False
        listens = self._instance.confirm()
        if self._by.settled:
            self._instance.confirm_port()
        return listens

    def look_again(self, *, proven: bool) -> bool:
        """`Launcher.look_again` for the instance in use, if there is one."""
        instance = self._instance
        if instance is None or not instance.alive:
            return False
        return self._by.look_again(instance, proven=proven)

    def discard(self) -> None:
        """Stop the instance; the next one, on any port, is launched when it is needed."""
        if self._instance is not None:
            self._instance.confirm()  # what it seems to have done may be somebody else's
            self._instance.kill()
            self.keeper.poll()
            self._instance.forget()
            self._instance = None
            self.relaunches += 1
        self.connections = 0
        if self.spares:
            self.prepare()

    def prepare(self) -> None:
        """Begin to launch the next instance, if two can run at once."""
        if self._spare is None and self.launcher.may_overlap:
            self._spare, self._spare_by = self.launcher.begin(), self.launcher

    def hand_over_spare(self) -> Launching | None:
        """Give away the next instance, which is on its way."""
        spare, self._spare = self._spare, None
        return spare

    def hand_over(self) -> Instance | None:
        """Give the instance away, if it lives: somebody else looks after it from here on."""
        instance, self._instance = self._instance, None
        if instance is None or instance.alive:
            return instance
        instance.kill()
        instance.forget()
        return None

    def last_output(self, ident: int | None = None) -> str:
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
