"""What the checks of a run may know of its target before they are performed."""

from __future__ import annotations

from pathlib import Path

from harness.contract.check import QUICK_FLOOD, Context
from harness.host import machine
from harness.launcher.fleet import Fleet, LaunchedFleet
from harness.launcher.instance import Instance
from harness.launcher.remote import RemoteFleet
from harness.settings.run import Settings
from harness.values.address import Transport, UdpAddress
from harness.values.effort import Effort
from harness.values.verdict import Profile


def context_of(
    settings: Settings,
    fleet: Fleet,
    profile: Profile,
    listening: tuple[tuple[str, int], ...] = (),
    *,
    speed: float | None = None,
    died: bool = False,
) -> Context:
    """The context of checks on the target of ``fleet``.

    ``listening``: the addresses that it listens on.  ``speed``: bytes a second that it echoes, if
    that is slow.  ``died``: see `Context`.
    """
    remote = settings.target.connect is not None
    return Context(
        profile=profile,
        transport=_transport(fleet),
        seed=settings.seed,
        effort=settings.effort,
        remote=remote,
        unseen=_unseen(fleet),
        elsewhere=remote and not fleet.address(None).local,
        listening=listening,
        same_port=True,
        speed=speed,
        starts_each=settings.target.starts_each,
        died=died,
        backlog=_backlog(fleet),
        room=_room(fleet),
        flood=QUICK_FLOOD if settings.effort is Effort.QUICK else _flood(),
    )


def addresses_of(instance: Instance) -> tuple[tuple[str, int], ...]:
    """Where its processes wait for clients, over the protocol by which it is reached."""
    if isinstance(instance.address, UdpAddress):
        return tuple((address.host, address.port) for address in instance.datagram_sockets())
    return tuple(instance.listeners())


def _transport(fleet: Fleet) -> Transport:
    """What the target speaks; its last instance may be gone, and the next not be there yet."""
    if isinstance(fleet, LaunchedFleet):
        return fleet.launcher.speaks or Transport.TCP
    return fleet.address(None).transport


def _backlog(fleet: Fleet) -> int:
    most = Context(profile=Profile.SEQUENTIAL).backlog
    return min(most, fleet.backlog(fleet.current).limit)


FOR_EACH = 4
"""Descriptors or tasks that a client may cost a server: a connection, and a pipe to a process."""
WITHOUT_LIMIT = 100_000


def _room(fleet: Fleet) -> int:
    """Clients at once that neither we nor the target lack anything for."""
    ours = machine.means()
    files = [ours.files or WITHOUT_LIMIT]
    if fleet.current is not None:
        files += [limit // FOR_EACH for limit in fleet.current.levers.descriptor_limits()]
    tasks = (ours.tasks or WITHOUT_LIMIT) // FOR_EACH
    memory = WITHOUT_LIMIT if ours.memory is None else LEAST_ROOM
    return max(LEAST_ROOM, min(min(files) - machine.FILES, tasks, memory))


LEAST_ROOM = 16


def _unseen(fleet: Fleet) -> str | None:
    """Why the target's processes cannot be watched; None if they can."""
    if not isinstance(fleet, RemoteFleet) or fleet.watched is not None:
        return None
    return fleet.unseen


def _flood() -> int:
    """Bytes that no send buffer of this system holds, with ``Context.flood`` as the least."""
    least = Context(profile=Profile.SEQUENTIAL).flood
    try:
        largest = int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2])
    except (OSError, ValueError, IndexError):
        return least
    return min(max(least, 2 * largest + 1024 * 1024), 64 * 1024 * 1024)
