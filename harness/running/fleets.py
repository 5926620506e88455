"""The fleets of a run: one for each lane, launched when it helps, and all closed at the end.

Long because who is launched ahead, beside whom and in which network is one decision.

The target is launched as soon as this is there: what is needed only once it listens (the driver,
lanes) is imported later, while the target starts.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.check import Context
from harness.errors import EchoHarnessError
from harness.host import machine
from harness.host.halting import Halt
from harness.host.platforms import require_linux
from harness.launcher.complaints import stranger_on
from harness.launcher.fleet import Fleet
from harness.launcher.instance import Instance
from harness.launcher.launch import Launcher
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.running.casebook import Casebook
from harness.running.context import addresses_of, context_of
from harness.running.isolating import Isolation
from harness.running.launchers import Launchers
from harness.settings.run import Settings
from harness.system.free_ports import ephemeral_ports
from harness.values.address import Address, IpAddress, Transport, UnixAddress
from harness.values.plan import Close, Connect, one
from harness.values.verdict import Profile

if TYPE_CHECKING:
    from harness.running.lane import Lane
    from harness.running.patience import Patience

ANOTHER_WITHIN = 0.5
"""Seconds for a second instance to listen, beyond three times what the first took."""
AHEAD = 4
"""Instances that are launched while detection mostly waits; more would hold it up."""
QUICK_LANES, MOST_LANES = 5, 1024
"""Lanes at quick effort, where hardly anything waits and each launch costs a while; and at others,
where `--jobs` alone limits them."""


class Fleets:
    """Makes fleets for the lanes of a run, and closes them all at its end."""

    def __init__(self, settings: Settings, halt: Halt | None = None) -> None:
        self.settings = settings
        self.halt = halt or Halt()
        self.remote = settings.target.connect is not None
        self.main: Fleet | None = None
        self._beginning: threading.Thread | None = None
        self._found: Address | None = None
        """Where the target is tested."""
        self.ready_s: float | None = None
        self._profile = Profile.SEQUENTIAL
        self._listening: tuple[tuple[str, int], ...] = ()
        self._several = False
        """Instances have ports of their own."""
        self._launchers = Launchers(settings, self.halt)
        self._fleets: list[Fleet] = []
        self._ahead: list[Fleet] = []
        self.isolation = Isolation(settings.isolate, settings.patience)
        self._notices: list[str] = []
        self._told = 0
        self._relaunches_told = 0

    def begin(self) -> None:
        """Begin to launch the target and return at once; if it cannot be, ``start`` says so."""
        if not self.remote:
            self._beginning = threading.Thread(target=self._begin, name="launching", daemon=True)
            self._beginning.start()

    def _begin(self) -> None:
        # Halted is among these: the run looks for it as well.
        with contextlib.suppress(Exception, KeyboardInterrupt):
            self._shared().launcher.begin_early()

    def _has_begun(self) -> None:
        """Wait until nobody else works at the launch."""
        beginning, self._beginning = self._beginning, None
        if beginning is not None:
            beginning.join()

    def _shared(self) -> SharedFleet:
        """The fleet of the target that is to be launched.  Raises TargetProblem, MachineProblem."""
        if isinstance(self.main, SharedFleet):
            return self.main
        require_linux()
        spec = self.settings.target
        machine.require(spec.host, self.settings.jobs)
        if not self.isolation.on:
            stranger_on(spec)
        shared = SharedFleet(self._launcher())
        self._fleets.append(shared)
        self.main = shared
        return shared

    def start(self) -> Fleet:
        """Launch the target (or look where it runs).  Raises TargetProblem, MachineProblem."""
        require_linux()
        self._has_begun()
        spec = self.settings.target
        if self.remote:
            fleet = RemoteFleet(spec, self.halt)
            self._fleets.append(fleet)
            fleet.start()
            if fleet.watched is not None:
                self._listening = tuple(fleet.watched.listeners())
                self._notices.append(f"It is watched as it runs, and not touched: {fleet.watched}")
            self._found = fleet.address(None)
            self.main = fleet
            return fleet
        shared = self._shared()
        shared.refresh()
        instance = shared.current
        assert instance is not None
        self._note(instance, shared.launcher)
        return shared

    @property
    def address(self) -> str | None:
        """Where the target is tested, as a URL."""
        return None if self._found is None else self._found.url

    @property
    def transport(self) -> Transport | None:
        """What it is tested over."""
        return None if self._found is None else self._found.transport

    def _launcher(self) -> Launcher:
        return self._launchers.make(isolated=self.isolation.on)

    def _note(self, instance: Instance, launcher: Launcher) -> None:
        self._found = instance.address
        self.ready_s = None if instance.ready_s is None else round(instance.ready_s, 3)
        self._listening = addresses_of(instance)
        self._several = not launcher.chooses

    def look_again(self, *, proven: bool) -> bool:
        """Whether the target listens by now on a port that is to be tested instead of the one that
        was found; then the address is that.  ``proven``: what was found echoes.

        Raises TargetProblem when that makes it unclear which one is meant.
        """
        shared = self.main
        if not isinstance(shared, SharedFleet) or not shared.look_again(proven=proven):
            return False
        assert shared.current is not None
        self._note(shared.current, shared.launcher)
        return True

    def settle(self) -> None:
        """From here on what is found is judged."""
        self._launchers.settle()

    def confirm(self) -> None:
        """Raise WrongTarget when clients have come to somebody else than the target."""
        for fleet in self._fleets:
            fleet.confirm()

    def use(self, profile: Profile) -> None:
        """Go on with fleets for ``profile``."""
        self._profile = profile
        if profile is not Profile.ONE_SHOT or self.remote:
            return
        shared = self.main
        assert isinstance(shared, SharedFleet)
        self.main = self._one_shot(shared)
        self._ahead = [self._one_shot(ahead) for ahead in self._ahead]
        self._fleets = [self.main, *self._ahead]

    def _one_shot(self, shared: Fleet) -> OneShotFleet:
        """A fleet that goes on with what ``shared`` has."""
        assert isinstance(shared, SharedFleet)
        first, launcher = shared.hand_over(), shared.launcher
        if first is not None and first.keeper is not launcher.keeper:
            first.kill()  # the others are isolated, and this one would be in nobody's way
            first.forget()
            first = None
        return OneShotFleet(launcher, first, shared.hand_over_spare())

    def try_another(self) -> None:
        """A target that takes a port of its own may take another each time: launch one more.

        Only where that is likely, since the port is one that the system gives away; and while
        nobody is connected, since it may share the port and the clients with the first.
        """
        if self._several or self.isolation.on or self._must_be_alone or self.settings.jobs == 1:
            return
        if not self.may_vary:
            return
        launcher = self._launcher()
        within = ANOTHER_WITHIN + 3 * (self.ready_s or 0.0)
        try:
            second = launcher.begin().finish(within)
        except EchoHarnessError:
            return
        fleet = SharedFleet.around(launcher, second)
        self._fleets.append(fleet)
        ports = {a.port for a in (self._found, second.address) if isinstance(a, IpAddress)}
        if len(ports) < 2:
            fleet.discard()
            return
        self._several = True
        self._launchers.have_seen(ports)
        self._ahead.append(fleet)

    def isolate(self, *, answered: bool | None = None) -> None:
        """Go on with isolated instances, where two want the same port and it works for this target.

        ``answered``: see `Isolation.decide`.
        """
        if self._must_be_alone or self._several or not self._launchers:
            return
        if isinstance(self._found, UnixAddress) and not self._found.abstract:
            return  # a network of one's own has no files of its own
        self.isolation.attempt(lambda: self._launchers.make(isolated=True), self.ready_s or 0.0)
        if (proof := self.isolation.decide(answered)) is None:
            return
        self._fleets.append(proof)
        self._ahead.append(proof)
        if isinstance(self.main, SharedFleet):
            self.main.go_on_with(self._launcher())

    @property
    def may_vary(self) -> bool:
        """The target took a port of its own among those that the system gives away: the next
        instance may take another."""
        if self.settings.target.port is not None or not isinstance(self._found, IpAddress):
            return False
        return self._found.port in ephemeral_ports()

    def context(
        self, profile: Profile, speed: float | None = None, *, died: bool = False
    ) -> Context:
        """What the checks may know."""
        assert self.main is not None
        return context_of(
            self.settings, self.main, profile, self._listening, speed=speed, died=died
        )

    def reachable(self) -> bool:
        """Whether a connection can be opened at all."""
        from harness.driver import Manner, perform

        assert self.main is not None
        trace = perform(one(Connect(), Close()), self.main, Manner(patience=1.0))
        return trace.scripts[0].error is None

    def lanes(
        self, patience: Patience, repeat: Callable[[str], str], casebook: Casebook | None = None
    ) -> list[Callable[[], Lane]]:
        """Makers of lanes: one, or as many as jobs where instances can run side by side."""
        from harness.running.lane import Kept

        settings = self.settings
        assert self.main is not None
        main = self.main
        spares = self._side_by_side and settings.jobs > 1
        captures = Path(settings.pcap) if settings.pcap is not None else None
        kept = Kept(casebook or Casebook(), captures)

        def lane_on(fleet_of: Callable[[], Fleet]) -> Callable[[], Lane]:
            lane, rate = lane_of(self.transport), settings.rate
            return lambda: lane(fleet_of(), patience, repeat, rate=rate, spares=spares, kept=kept)

        others = self._jobs - 1 if spares else 0
        return [lane_on(lambda: main), *(lane_on(self._another) for _ in range(others))]

    @property
    def _side_by_side(self) -> bool:
        """Whether several instances can run at once, and nobody counts the connections."""
        return (self._several or self.isolation.on) and not self._must_be_alone

    @property
    def _jobs(self) -> int:
        """Lanes that there may be."""
        return min(self.settings.jobs, self.settings.effort.of(QUICK_LANES, MOST_LANES, MOST_LANES))

    @property
    def _must_be_alone(self) -> bool:
        return self.remote or self.settings.rate is not None

    def launch_ahead(self) -> None:
        """Begin to launch the instances of some other lanes.

        Raises TargetProblem when that fails; so does the lane then that needs the instance.
        """
        if not self.may_vary:
            self.isolate()
        if not self._side_by_side:
            return
        for _ in range(min(AHEAD, self._jobs - 1) - len(self._ahead)):
            ahead = SharedFleet(self._launcher())
            self._ahead.append(ahead)
            self._fleets.append(ahead)
            ahead.prepare()

    def _another(self) -> Fleet:
        with contextlib.suppress(IndexError):
            return self._ahead.pop(0)
        launcher = self._launcher()
        fleet: Fleet
        if self._profile is Profile.ONE_SHOT:
            fleet = OneShotFleet(launcher)
        else:
            fleet = SharedFleet(launcher)
        self._fleets.append(fleet)
        return fleet

    def new_notices(self) -> list[str]:
        """What launching has to say since the last call."""
        texts = [*self._notices, *self.isolation.notice(), *self._launchers.notices()]
        fresh = list(dict.fromkeys(texts))[self._told :]
        self._told += len(fresh)
        return fresh

    def reports(self) -> list[str]:
        """What targets have reported that no lane has heard."""
        return self._launchers.reports()

    def retire(self) -> None:
        """Ask everything that was launched to end, without waiting for it."""
        self._has_begun()
        for fleet in self._fleets:
            fleet.retire()

    def close(self) -> None:
        """Stop everything that was launched: all at once, since each may take its time."""
        self._has_begun()
        self.halt.close()
        with ExitStack() as stack:  # what one of them raises does not keep the others from it
            self._launchers.close_with(stack)
            stack.callback(self.isolation.close)
            for fleet in self._fleets:
                stack.callback(fleet.close)
            for fleet in self._fleets:
                stack.callback(fleet.retire)


def lane_of(transport: Transport | None) -> type[Lane]:
    """What judges checks on servers over ``transport``."""
    from harness.running.lane import Lane

    if transport is Transport.UDP:
        from harness.running.datagram_lane import DatagramLane  # few targets need it

        return DatagramLane
    return Lane
