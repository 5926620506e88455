"""The launchers of a run: each has a keeper of its own, and knows what the first has found out."""

from __future__ import annotations

from contextlib import ExitStack

from harness.host.halting import Halt
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.settings.run import Settings


class Launchers:
    """All of one run, in the order in which they were made."""

    def __init__(self, settings: Settings, halt: Halt) -> None:
        self._settings = settings
        self._halt = halt
        self._all: list[Launcher] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def make(self, *, isolated: bool) -> Launcher:
        """One more.  Raises MachineProblem, and NoIsolation where that is not to be had."""
        keeper = Keeper(self._halt, isolated=isolated)
        launcher = Launcher(self._settings.target, keeper, self._settings.seed + len(self._all) + 1)
        if self._all:  # they are all of one target
            first = self._all[0]
            launcher.took_offer, launcher.speaks = first.took_offer, first.speaks
            launcher.own_paths |= first.own_paths
            launcher.settled = first.settled
            if isolated:
                launcher.own_ports |= first.own_ports
        self._all.append(launcher)
        return launcher

    def settle(self) -> None:
        """From here on what is found is judged."""
        for launcher in self._all:
            launcher.settled = True

    def have_seen(self, ports: set[int]) -> None:
        """Instances have chosen each of ``ports`` themselves."""
        for launcher in self._all:
            launcher.own_ports |= ports

    def notices(self) -> list[str]:
        """What the user should be told about the launches."""
        return [text for launcher in self._all for text in launcher.notices]

    def reports(self) -> list[str]:
        """What the targets have reported since it was asked for."""
        return [text for launcher in self._all for text in launcher.keeper.reports()]

    def close_with(self, stack: ExitStack) -> None:
        """End all that was launched when ``stack`` is left."""
        for launcher in self._all:
            stack.callback(launcher.keeper.close)
        for launcher in self._all:
            stack.callback(launcher.keeper.dismiss)
        for launcher in self._all:
            stack.callback(launcher.free_port)  # for whoever starts the server next
