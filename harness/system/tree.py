"""Process trees: who belongs to one, whether it sleeps, what it uses, how to stop it for a while.

What is asked for thousands of times in a run is read from /proc itself (proc.py): psutil has no
answer for a single thread, reads every process of the machine to find the children of one, and
makes sure each time that a process is still the same, which takes five times as long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from harness.errors import MachineProblem
from harness.host import turns
from harness.system.proc import content, of_threads, open_descriptors

_LISTS_CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()
GONE = (psutil.Error, OSError, IndexError)
"""What psutil raises for a process that ends while its files are read; the last two seldom, where
one of them is gone or empty and the process, or another with its number, is still listed."""
_TICKS = os.sysconf("SC_CLK_TCK")
"""In which CPU time is counted, a second."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
"""Bytes of memory in what is counted there."""
_STOPPED = {"T", "t", "X", "Z", "x"}
_ASLEEP = {"S", "D", "I", "T", "t", "Z", "X"}


def children(pid: int) -> list[int]:
    """The direct children of ``pid``, zombies included; empty when it is gone."""
    if not _LISTS_CHILDREN:
        try:
            return [child.pid for child in psutil.Process(pid).children()]
        except GONE:
            return []
    try:
        return [int(child) for found in of_threads(pid, "children") for child in found.split()]
    except GONE:
        return []


def children_of_one(pid: int) -> list[int]:
    """`children` of a process that is known to have a single thread."""
    if not _LISTS_CHILDREN:
        return children(pid)
    try:
        return [int(child) for child in content(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []


def family(pid: int) -> list[int]:
    """``pid`` and all its descendants, parents first."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def descends(pid: int, keeper: int) -> bool:
    """Whether ``pid`` was launched by a warden: that of ``keeper``, or one of the same nursery.

    True also when that cannot be told.
    """
    try:
        nursery = psutil.Process(keeper).ppid()
        return any(parent.pid in (keeper, nursery) for parent in psutil.Process(pid).parents())
    except GONE:
        return True


def marked(pid: int, name: str) -> str | None:
    """The value of ``name`` in the environment that ``pid`` was started with, if that is known."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return None
    key = name.encode() + b"="
    return next((w[len(key) :].decode(errors="replace") for w in words if w.startswith(key)), None)


def thread_states(pid: int) -> list[str]:
    """The state letter of each thread of ``pid`` as in proc(5); empty when it is gone."""
    try:
        stats = of_threads(pid, "stat")
    except GONE:
        if not os.path.isdir("/proc/self"):
            with contextlib.suppress(*GONE):
                stopped = psutil.Process(pid).status() == psutil.STATUS_STOPPED
                return ["T" if stopped else "S"]
        return []
    # What is empty was read while its thread ended.
    return [chr(state[0]) for stat in stats if (state := stat.rpartition(b") ")[2])]


def is_held(pid: int) -> bool:
    """Whether the main thread of ``pid`` is stopped, by a signal or a tracer."""
    return thread_states(pid)[:1] in (["T"], ["t"])


def is_stopped(pid: int) -> bool:
    """Whether every thread of ``pid`` is stopped, or gone."""
    return all(state in _STOPPED for state in thread_states(pid))


def is_zombie(pid: int) -> bool:
    """Whether it has ended and was not waited for."""
    try:
        return content(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] in (b"Z", b"X")
    except OSError:
        return False


def asleep(pids: Iterable[int]) -> bool:
    """Whether no thread of ``pids`` is running or ready to run."""
    return all(state in _ASLEEP for pid in pids for state in thread_states(pid))


def waits_for_a_disk(pids: Iterable[int]) -> bool:
    """Whether a thread of ``pids`` waits for the machine: for a disk, mostly for a part of its
    program that is not in memory, or for a child that has not begun to run (vfork(2))."""
    return any("D" in thread_states(pid) for pid in pids)


def wakes(pids: Iterable[int]) -> int:
    """How often the threads of ``pids`` that there are have gone to sleep so far: the line
    ``voluntary_ctxt_switches`` of proc(5)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for status in of_threads(pid, "status"):
                with contextlib.suppress(ValueError, IndexError):
                    total += int(status.partition(b"\nvoluntary_ctxt_switches:")[2].split()[0])
    return total


def send_signal(pids: Iterable[int], number: int) -> None:
    """Signal each of ``pids`` that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds of CPU that ``pids`` used so far, with their ended and awaited children."""
    total = 0
    for pid in pids:
        with contextlib.suppress(*GONE):  # proc(5): utime, stime, cutime, cstime
            fields = content(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def carriers(mark: str) -> list[int]:
    """The processes of this machine in whose environment ``mark`` occurs, as far as we may look.

    The environment is that with which a process was started: what it changed since is not seen.
    """
    found = []
    wanted = mark.encode()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                    if wanted in file.read():
                        found.append(int(name))
    return found


def end_carriers(mark: str, within: float) -> None:
    """SIGKILL all that carry ``mark`` and what is below them, until none is left."""
    deadline = time.monotonic() + within
    while (found := carriers(mark)) and time.monotonic() < deadline:
        send_signal({pid for carrier in found for pid in family(carrier)}, signal.SIGKILL)
        nap(0.005)  # a killed process vanishes a moment later; nothing tells us when


def nap(seconds: float) -> None:
    """Let others go on for a moment."""
    with turns.waiting():
        time.sleep(seconds)


class Usage:
    """What a set of processes holds at one moment."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.cpu = 0.0
        self.memory = self.descriptors = self.threads = self.processes = self.zombies = 0
        for pid in pids:
            with contextlib.suppress(*GONE):
                self._add(pid)

    def _add(self, pid: int) -> None:
        """One process, as proc(5) counts the fields behind its name."""
        fields = content(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
        if fields[0] in (b"Z", b"X"):
            self.zombies += 1
            return
        self.descriptors += open_descriptors(pid)
        self.cpu += sum(map(int, fields[11:15])) / _TICKS
        self.memory += int(fields[21]) * _PAGE
        self.threads += int(fields[17])
        self.processes += 1


def resume_leaves(stopped: Iterable[int], *, within: float) -> None:
    """SIGCONT to those of ``stopped`` that have no children, if others have; then wait until they
    have ended or sleep, ``within`` seconds at most."""
    pids = set(stopped)
    leaves = [pid for pid in pids if not pids.intersection(children(pid))]
    if len(leaves) == len(pids):
        return
    send_signal(leaves, signal.SIGCONT)
    deadline = time.monotonic() + within
    rests = 0
    while rests < 2 and time.monotonic() < deadline:
        nap(0.002)
        rests = rests + 1 if asleep(leaves) else 0


def _unborn(states: Mapping[int, Sequence[str]]) -> set[int]:
    """The children for which a process waits until they run a program of their own, as
    posix_spawn(3) and vfork(2) do: nothing stops it before that.

    ``states``: of the threads of each process.  Somebody who waits for a disk looks the same, and
    has his children go on for a moment.
    """
    return {child for pid, letters in states.items() if "D" in letters for child in children(pid)}


def pause(members: Iterable[int], refresh: object, *, patience: float) -> list[int]:
    """SIGSTOP to ``members`` until every thread of the tree is stopped; returns who was stopped.

    ``refresh`` is called for the members again, since a process may fork before it stops.
    Raises MachineProblem when the tree cannot be stopped within ``patience`` seconds.
    """
    assert callable(refresh)
    stopped: set[int] = set()
    deadline = time.monotonic() + patience
    members = list(members)
    unborn: set[int] = set()
    wait = 0.00005
    while True:
        send_signal((pid for pid in stopped & unborn), signal.SIGCONT)
        stopped -= unborn
        todo = [pid for pid in members if pid not in stopped | unborn]
        send_signal(todo, signal.SIGSTOP)
        stopped.update(todo)
        nap(wait)  # a stop is announced to the parent only, which is another process
        wait = min(wait * 2, 0.002)
        states = {pid: thread_states(pid) for pid in members}
        unborn = _unborn(states)
        if all(map(_STOPPED.issuperset, states.values())):
            members = refresh()
            if stopped.issuperset(members):
                return list(stopped)
            continue
        if time.monotonic() > deadline:
            send_signal(stopped, signal.SIGCONT)
            raise MachineProblem(
                "the target could not be paused: SIGSTOP was sent, but not all its threads stopped",
                "Is it held by a debugger, or does it wait for a device?",
                step="pause",
            )
