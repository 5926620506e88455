"""The processes of a server that somebody else runs: looked at, and never signalled.

Who owns the listener is read from the system's tables.  They tell it of processes of the same user,
and of all to root.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import psutil

from harness.system import places, sockets, tree
from harness.values.address import Address
from harness.values.trace import Measurement

ELSEWHERE = "it is not on a loopback address"
HIDDEN = "the system does not say which process listens there; it may be another user's"
AROUND_US = "it is the one that runs the harness"


class Watched:
    """A server's processes, found by its listener.  Nothing here changes them."""

    def __init__(self, owners: Iterable[psutil.Process], address: Address) -> None:
        self._owners = tuple(owners)
        self._address = address

    def members(self) -> list[int]:
        """The owners of the listener that still run, and all their descendants."""
        found: list[int] = []
        for owner in self._owners:
            if owner.is_running():  # and is no other process that was given its number since
                found += [pid for pid in tree.family(owner.pid) if pid not in found]
        return found

    @property
    def alive(self) -> bool:
        return any(o.is_running() and not tree.is_zombie(o.pid) for o in self._owners)

    def asleep(self) -> bool:
        return tree.asleep(self.members())

    def stopped(self) -> bool:
        """Whether somebody (a debugger, a job control shell) has stopped it."""
        states = [tree.thread_states(pid) for pid in self.members()]
        return any(own and all(state in "Tt" for state in own) for own in states)

    def listeners(self) -> list[tuple[str, int]]:
        return sockets.listeners(self.members())

    def measure(self, label: str, at: float, awake: float | None = None) -> Measurement:
        """What the processes hold now, and who else is served.  ``at``: seconds into the plan."""
        strangers = places.strangers(self._address)
        return measurement(self.members(), label, at, awake, strangers=strangers)

    def __str__(self) -> str:
        """The first owner, as one would recognise it."""
        with contextlib.suppress(psutil.Error):
            owner = self._owners[0]
            return f"{' '.join(owner.cmdline())[:80] or owner.name()} (pid {owner.pid})"
        return "a process that has ended"


def find(address: Address) -> Watched | str:
    """Who listens at this address of this machine; or why that cannot be watched, in words."""
    if not address.local:
        return ELSEWHERE
    owners = places.owners_of(address)
    ourselves = psutil.Process()
    above = {ourselves.pid, *(parent.pid for parent in ourselves.parents())}
    if apart := sorted(owners - above):
        with contextlib.suppress(psutil.Error):
            return Watched([psutil.Process(pid) for pid in apart], address)
    return AROUND_US if owners & above else HIDDEN


def measurement(
    pids: Iterable[int],
    label: str,
    at: float,
    awake: float | None = None,
    *,
    strangers: int = 0,
) -> Measurement:
    """What ``pids`` hold now."""
    usage = tree.Usage(pids)
    return Measurement(
        label=label,
        at=at,
        cpu=usage.cpu,
        memory=usage.memory,
        descriptors=usage.descriptors,
        threads=usage.threads,
        processes=usage.processes,
        zombies=usage.zombies,
        awake=awake,
        strangers=strangers,
    )
