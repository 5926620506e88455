"""A cell: a network and a view of processes that one run has for itself.

What runs in a cell finds every port free, reaches nobody outside, and sees no process that is not
in it: a server that kills all it can reach kills itself.  When the first process of the cell ends,
the kernel ends the others (pid_namespaces(7)), whatever they have done to stay.

``enter`` runs first in a process of its own, so this imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys

from harness.launcher import namespaces

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000  # <linux/sched.h>
MS_REC, MS_PRIVATE = 0x4000, 0x40000  # <linux/mount.h>
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LARGEST_FILE = 1024 * 1024 * 1024
"""Bytes of a file that somebody in a cell may write: it cannot fill the disk with one."""
NO_CELL = 77
"""Exit status of a first process that could not set its cell up."""


def enter() -> str | None:
    """Be in a cell, as its second process.  Returns what of it this system does not allow, in
    words; None if it is whole.

    The process that called this waits until the other has ended, and ends with its status; it does
    not return.  Call it before there is a second thread.
    """
    _bound()
    try:
        namespaces.move_in()
    except OSError as error:
        return f"no network and no processes of its own: {error.strerror}"
    if (why := _refused()) is not None:
        return f"no processes of its own: {why}"
    first = os.fork()
    if first:
        _wait_for(first)
    _be_first()
    return None


def _bound() -> None:
    """No core files, and no file without end."""
    for name, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE)):
        _, hard = resource.getrlimit(name)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (soft, hard))


def _refused() -> str | None:
    """Try in a child whether a cell can be made; then this process is ready for it.

    A process that has asked for new process ids cannot take that back, and its children can only
    live as long as the first one.
    """
    child = os.fork()
    if not child:
        try:
            _unshare()
            first = os.fork()
            if not first:
                _mount()
                os._exit(0)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
        except OSError as error:
            os._exit(error.errno or NO_CELL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        _unshare()
        return None
    return os.strerror(status) if 0 < status < NO_CELL else f"status {status}"


def _unshare() -> None:
    _call("unshare", CLONE_NEWPID | CLONE_NEWNS)


def _mount() -> None:
    """Let /proc show the processes of this cell, and nobody outside notice."""
    _call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    _call("mount", b"proc", b"/proc", b"proc", 0, None)


def _be_first() -> None:
    """Return in a child only; this process becomes the first of the cell, which buries the dead."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _mount()
        run = os.fork()
    except OSError:
        os._exit(NO_CELL)
    if run:
        _wait_for(run)


def _wait_for(child: int) -> None:
    """Hold nothing, wait for ``child``, and end with its status."""
    for fd in (0, 1):
        with contextlib.suppress(OSError):
            os.close(fd)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def lacking() -> str | None:
    """What of a cell this system does not allow, in words; None if it is whole.

    Another process tries it, since that cannot be taken back.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-m", "harness.launcher.cell"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if done.returncode:
        return f"no cell: status {done.returncode}"
    return done.stdout.strip() or None


if __name__ == "__main__":
    print(enter() or "")
