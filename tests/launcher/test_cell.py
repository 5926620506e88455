"""A cell: who is in it sees nobody outside, reaches nobody, and leaves nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from harness.launcher import cell

PROGRAM = """
import os, signal, socket, subprocess, sys
from harness.launcher import cell
lacking = cell.enter()
if lacking: print(lacking); sys.exit(99)
"""


def inside(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that runs ``code`` in a cell."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM + code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(code: str, *arguments: str) -> str:
    """What ``code`` prints in a cell; skips the test where this system allows none."""
    process = inside(code, *arguments)
    out, _ = process.communicate(timeout=30)
    if process.returncode == 99:
        pytest.skip(out)
    assert process.returncode == 0
    return out.strip()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_whether_there_are_cells_is_known() -> None:
    """By trying; this process is as it was."""
    network = os.readlink("/proc/self/ns/net")
    shown = said("print('whole')")
    assert (cell.lacking() is None) == (shown == "whole")
    assert os.readlink("/proc/self/ns/net") == network


def test_only_its_own_processes_are_seen() -> None:
    """The first one buries the dead, and this is the second."""
    shown = said("print(os.getpid(), sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))")
    assert shown == "2 [1, 2]"


def test_every_port_is_free_and_nobody_is_reached() -> None:
    """A port that is in use outside is another one inside; loopback works."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = """
port = int(sys.argv[1])
refused = socket.socket().connect_ex(("127.0.0.1", port))
with socket.create_server(("127.0.0.1", port)) as ours:
    socket.create_connection(("127.0.0.1", port)).close()
print(os.strerror(refused))
"""
        assert said(code, str(port)) == "Connection refused"


def test_who_kills_all_kills_nobody_outside() -> None:
    """Not even the first process of the cell, which tells how it ended."""
    with inside(
        "subprocess.Popen(['sleep', '62']); os.kill(-1, signal.SIGKILL); print('alone')"
    ) as process:
        out, _ = process.communicate(timeout=30)
        assert process.returncode in (0, 99)
        assert "alone" in out or process.returncode == 99
    assert psutil.pid_exists(os.getppid())


def test_nothing_is_left_of_it() -> None:
    """Of a daemon that has left its parent, its session and its group, when the cell ends."""
    code = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "61"])
    os._exit(0)
os.wait()
print("made", flush=True)
sys.stdin.read()
"""
    with inside(code) as process:
        assert process.stdout is not None and process.stdin is not None
        if process.stdout.readline() != "made\n":
            pytest.skip("no cell here")
        members = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        assert len(members) >= 3
        process.kill()
        process.wait()
        wait_for(lambda: all(map(gone, members)))


def test_its_status_is_told() -> None:
    """Of the process inside, outside; 128 and the signal, as shells have it."""
    for code, status in (("sys.exit(5)", 5), ("os.kill(os.getpid(), signal.SIGKILL)", 137)):
        process = inside(code)
        process.communicate(timeout=30)
        assert process.returncode in (status, 99)
