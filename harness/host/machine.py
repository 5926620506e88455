"""Whether this machine has what a run needs: looked at before anything is launched.

A shortage in the middle of a run looks like a broken server: a server that gets no further thread
drops its client.  So a run does not begin when a limit is so low that a correct server may meet it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import MachineProblem

try:
    import resource as _resource
except ImportError:  # Windows, where this is imported and never used
    _resource = None  # type: ignore[assignment]
resource: Any = _resource

FILES = 64
"""Open files for a process: eight lanes together and a server with a client in each thread need 36
to 40 (measured by lowering the limit until something failed)."""
TASKS, TASKS_PER_JOB = 32, 12
"""Processes and threads: of the harness, its wardens, and servers that have one for each client.
With eight jobs 40 were too few and 60 enough for a server that forks."""
MEMORY = 768 * 1024 * 1024
"""Bytes of address space for a process: 600 MiB were too few for eight lanes, 700 enough."""
ANSWERS_WITHIN = 2.0
"""Seconds for our own listener to be reached."""
MANY = 4096
"""Tasks: where a user may have more than this, those in use are not counted."""


class Means(NamedTuple):
    """What may be used; None: without a limit that matters."""

    files: int | None = None
    tasks: int | None = None
    """Processes and threads that may still be added."""
    memory: int | None = None


def require(host: str, jobs: int) -> None:
    """Raises MachineProblem unless a run with ``jobs`` instances on ``host`` has what it needs."""
    if problem := unseen() or shortfall(means(), jobs) or unreachable(host):
        raise problem


def unseen() -> MachineProblem | None:
    """The problem, if the system does not show us our processes."""
    with contextlib.suppress(OSError):
        if os.readlink("/proc/self") == str(os.getpid()):
            return None
    return MachineProblem(
        "/proc is not there, or is that of another PID namespace.",
        "Nothing is known of a server's processes without it: mount -t proc proc /proc",
        step="launch",
    )


def shortfall(means: Means, jobs: int) -> MachineProblem | None:
    """The problem, if ``means`` are too little for ``jobs`` instances."""
    tasks = TASKS + TASKS_PER_JOB * jobs
    if means.files is not None and means.files < FILES:
        return _short("open files", f"the limit is {means.files}", FILES, f"ulimit -n {FILES}")
    if means.tasks is not None and means.tasks < tasks:
        free = f"{max(0, means.tasks)} more are allowed"
        how = "ulimit -u, or the container's limit of pids" + (", or use --jobs 1" * (jobs > 1))
        return _short("processes and threads", free, tasks, how)
    if means.memory is not None and means.memory < MEMORY:
        limit = f"the limit of address space is {means.memory >> 20:,} MiB"
        return _short("memory", limit, MEMORY >> 20, f"ulimit -v {MEMORY >> 10}")
    return None


def _short(what: str, have: str, need: int, how: str) -> MachineProblem:
    return MachineProblem(
        f"the machine is short of {what}: {have}, and a run needs {need}.",
        f"Raise it: {how}.",
        step="launch",
    )


def means() -> Means:
    """What this process may use."""
    return Means(
        files=_soft("RLIMIT_NOFILE"),
        tasks=min((n for n in (_own_tasks(), _pids()) if n is not None), default=None),
        memory=_soft("RLIMIT_AS"),
    )


def _soft(name: str) -> int | None:
    soft, _ = resource.getrlimit(getattr(resource, name))
    return None if soft == resource.RLIM_INFINITY else int(soft)


def _own_tasks() -> int | None:
    """What RLIMIT_NPROC leaves, which counts all tasks of a user and does not bind root."""
    limit = _soft("RLIMIT_NPROC")
    if limit is None or limit > MANY or _is_root():
        return None
    used = 0
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and folder.stat().st_uid == os.getuid():
                used += len(os.listdir(folder / "task"))
    return limit - used


def _is_root() -> bool:
    """Whether we are root, and not only in a user namespace of our own."""
    with contextlib.suppress(OSError, ValueError):
        inside, outside, _ = map(int, Path("/proc/self/uid_map").read_text().split()[:3])
        return os.getuid() == inside == outside == 0
    return os.getuid() == 0


def _pids() -> int | None:
    """What the pids controller of our control group leaves, cgroups(7)."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" or controllers == "pids":
                folder = Path("/sys/fs/cgroup", controllers, path.lstrip("/"))
                with contextlib.suppress(OSError, ValueError):
                    limit = int((folder / "pids.max").read_text())  # "max": no number, no limit
                    return limit - int((folder / "pids.current").read_text())
    return None


def unreachable(host: str) -> MachineProblem | None:
    """The problem, if a listener of our own on ``host`` cannot be reached."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener, socket.socket(family) as client:
        try:
            listener.bind((host, 0))
        except OSError:
            return None  # reported when a port is looked for
        listener.listen(1)
        client.settimeout(ANSWERS_WITHIN)
        # It leaves by RST, so that no connection stays in TIME_WAIT.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            client.connect(listener.getsockname())
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAGAIN):
                return None  # no port is free for this client: the run tries others
            return MachineProblem(
                f"{host} cannot be reached on this machine ({error.strerror or error}).",
                "Is the loopback interface up, and does no firewall close it? ip link set lo up",
                step="launch",
            )
    return None
