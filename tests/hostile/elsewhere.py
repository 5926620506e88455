"""Runs ``python -m harness`` as if on another system: ``elsewhere.py win32 check -- x``.

What is only on Unix is hidden before anything of ours is imported.  The platform is told to the
modules that ask for it only then, since the standard library of this one would go astray.
"""

from __future__ import annotations

import os
import runpy
import select
import signal
import socket
import sys
from types import ModuleType

UNIX = {
    os: ("fork", "setsid", "getuid", "geteuid", "waitid", "WNOHANG", "killpg", "O_NONBLOCK"),
    signal: ("SIGHUP", "SIGKILL", "SIGSTOP", "SIGCONT", "SIGCHLD", "pthread_sigmask"),
    select: ("poll", "epoll", "POLLIN", "POLLOUT"),
    socket: ("AF_UNIX", "AF_NETLINK", "send_fds", "recv_fds", "SOCK_NONBLOCK"),
}
MODULES = ("resource", "fcntl", "termios", "pwd", "grp", "tty", "pty", "syslog")


class Hidden:
    """Finds none of MODULES."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide() -> None:
    import asyncio  # these look at what is about to go
    import multiprocessing.util
    import random
    import subprocess

    import click
    import psutil

    assert all(isinstance(m, ModuleType) for m in (asyncio, multiprocessing.util, random))
    assert all(isinstance(m, ModuleType) for m in (subprocess, click, psutil))
    sys.meta_path.insert(0, Hidden())  # type: ignore[arg-type]
    for name in MODULES:
        sys.modules.pop(name, None)
    if sys.argv[1] == "win32":
        for module, names in UNIX.items():
            for name in names:
                if hasattr(module, name):
                    delattr(module, name)


if __name__ == "__main__":
    platform = sys.argv[1]
    hide()
    sys.platform = platform
    del sys.argv[1]
    sys.path.pop(0)
    runpy.run_module("harness", run_name="__main__", alter_sys=True)
