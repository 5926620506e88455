"""What the checks of a run may know of its target before they are performed."""

from __future__ import annotations

from pathlib import Path

from harness.contract.check import Context
from harness.launcher.fleet import Fleet
from harness.launcher.remote import RemoteFleet
from harness.settings.run import Settings
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
        transport=fleet.address(fleet.current).transport,
        seed=settings.seed,
        remote=remote,
        unseen=_unseen(fleet),
        elsewhere=remote and not fleet.address(None).local,
        listening=listening,
        same_port=True,
        speed=speed,
        died=died,
        backlog=_backlog(fleet),
        flood=_flood(),
    )


def _backlog(fleet: Fleet) -> int:
    most = Context(profile=Profile.SEQUENTIAL).backlog
    return min(most, fleet.backlog(fleet.current).limit)


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
