"""Time on the cores of the machine: how long a thread has had one, and has waited for one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import NamedTuple


class CoreTime(NamedTuple):
    """Seconds that a thread has run so far, and was ready to run while no core was free."""

    ran: float
    waited: float


def core_times(pids: Iterable[int]) -> dict[int, CoreTime]:
    """Of each thread of ``pids``, by its id; those of them that there are.

    Empty where the system does not tell: it is the first two numbers, in nanoseconds, of
    ``/proc/PID/task/TID/schedstat``.
    """
    found: dict[int, CoreTime] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with (
                    contextlib.suppress(OSError, ValueError, IndexError),
                    open(f"/proc/{pid}/task/{task}/schedstat", "rb") as file,
                ):
                    ran, waited = file.read().split()[:2]
                    found[int(task)] = CoreTime(int(ran) / 1e9, int(waited) / 1e9)
    return found


def own_core_wait() -> float:
    """Seconds for which the thread that asks has waited for a core; 0.0 where the system does not
    tell."""
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open("/proc/thread-self/schedstat", "rb") as file,
    ):
        return int(file.read().split()[1]) / 1e9
    return 0.0
