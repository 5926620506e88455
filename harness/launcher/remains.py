"""Ending whatever is left below this process, for the warden and the nursery.

Both run isolated from all packages, so this imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

TYPE_CHECKING = False  # importing typing for it takes longer than all that these processes do
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

ROUNDS = 50
"""Looks at our own children alone between two at all processes, which take a hundred times as
long."""
NAP = 0.005
"""Seconds: a killed process vanishes a moment later; nothing tells us when."""
ENDED_WITHIN = 10.0
"""Seconds after which what does not vanish is held in the kernel, and is given up."""


def end_all(bury: Callable[[], bool], spare: Container[int] = ()) -> None:
    """SIGKILL every descendant until none is left, but for the children in ``spare`` and theirs.

    ``bury`` waits for whoever has ended, and says whether any child that is not spared is left.

    A process that forks and ends while /proc is read is seen neither as itself nor as its child.
    But whoever loses its parent becomes our child: without children nobody is left.
    """
    deadline = time.monotonic() + ENDED_WITHIN
    while bury() and time.monotonic() < deadline:
        _kill(descendants(os.getpid(), spare))
        for _ in range(ROUNDS):
            # Who lives on in a child of its own all the time is ours before it has the next.
            _kill(pid for pid in _own_children() if pid not in spare)
        if bury():
            time.sleep(NAP)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _own_children() -> list[int]:
    """Our direct children, zombies included, as fast as that can be known."""
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children", "rb") as listed:
            return [int(pid) for pid in listed.read().split()]
    except OSError:
        return []


def descendants(root: int, spare: Container[int] = ()) -> list[int]:
    """Every process below ``root``, without zombies and without ``spare`` and what is below it."""
    below: dict[int, list[int]] = {}
    for pid, parent in _parents().items():
        if pid not in spare:
            below.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += below.get(pid, ())
    return found[1:]


def children(root: int) -> list[int]:
    """The direct children of ``root``, without zombies."""
    return [pid for pid, parent in _parents().items() if parent == root]


def _parents() -> dict[int, int]:
    """Process id to parent, of all that live.  By /proc; without it, by ps(1)."""
    return _parents_by_proc() if os.path.isdir("/proc/self") else _parents_by_ps()


def _parents_by_proc() -> dict[int, int]:
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
                if fields[0] not in (b"Z", b"X"):
                    parents[int(name)] = int(fields[1])
    return parents


def _parents_by_ps() -> dict[int, int]:
    parents = {}
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=False
    )
    for line in listing.stdout.splitlines():
        pid, parent, state = line.split(None, 2)
        if not state.startswith("Z"):
            parents[int(pid)] = int(parent)
    return parents
