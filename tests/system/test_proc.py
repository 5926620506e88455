"""What is read of /proc again and again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from harness.system import proc, tree

ME = os.getpid()


def tids() -> set[int]:
    """The threads of this process, by its own account."""
    return {thread.native_id or 0 for thread in threading.enumerate()}


def seen() -> set[int]:
    """The same, by what /proc says of each."""
    return {int(stat.split()[0]) for stat in proc.of_threads(ME, "stat")}


def test_threads_that_come_and_go_are_seen() -> None:
    """Also where as many have come as have gone, so that their number is the same."""
    for _ in range(3):
        leave = threading.Event()
        threads = [threading.Thread(target=leave.wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            assert tids() <= seen()
            assert tids() <= seen()  # now they are remembered
        finally:
            leave.set()
            for thread in threads:
                thread.join()
    known = {int(task) for task in os.listdir(f"/proc/{ME}/task")}
    assert seen() == known


def test_the_main_thread_comes_first() -> None:
    """Remembered or not: it is the one that tells whether a process is held."""
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    try:
        firsts = [proc.of_threads(ME, "stat")[0].split()[0] for _ in range(2)]
    finally:
        leave.set()
        thread.join()
    assert firsts == [str(ME).encode()] * 2


def test_a_process_that_is_gone_has_no_threads() -> None:
    """That is an error, and not a process without threads."""
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    child.wait()
    with pytest.raises(OSError):
        proc.of_threads(child.pid, "stat")
    assert tree.children(child.pid) == tree.thread_states(child.pid) == []


def test_usage_is_what_psutil_says() -> None:
    """All of it; memory to a few MiB, since it is counted in batches."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        usage, process = tree.Usage([child.pid]), psutil.Process(child.pid)
        assert usage.descriptors == process.num_fds()
        assert usage.threads == process.num_threads() == 1
        assert abs(usage.memory - process.memory_info().rss) < 8 * 2**20
        assert abs(usage.cpu - sum(process.cpu_times()[:4])) < 1.0
        assert (usage.processes, usage.zombies) == (1, 0)


def test_descriptors_are_counted_where_the_folder_does_not_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before Linux 6.2 its size is 0."""
    told = proc.open_descriptors(ME)
    monkeypatch.setattr(proc.os, "stat", lambda path: os.stat_result([0] * 10))
    assert proc.open_descriptors(ME) == told + 1  # that of the folder, which is being listed


ACCEPTS = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
server.accept()
"""


def test_what_accept_has_reserved_is_not_listed() -> None:
    """Linux takes a descriptor before it waits for a client: whoever is allowed one more than are
    open has room for that client, and is short of none."""
    with subprocess.Popen([sys.executable, "-c", ACCEPTS], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            for _ in range(100):  # it comes to accept() meanwhile, or soon
                assert proc.listed_descriptors(child.pid) == 4
                assert proc.open_descriptors(child.pid) in (4, 5)
        finally:
            child.kill()


def test_who_has_no_socket_but_these() -> None:
    """A listener alone is no client; each further socket may be one."""
    before = proc.inodes_of(ME)
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = os.fstat(server.fileno()).st_ino
        assert proc.inodes_of(ME) == before | {listener}
        assert proc.have_only([ME], before | {listener})
        assert not proc.have_only([ME], before)
        with socket.create_connection(server.getsockname()):
            assert not proc.have_only([ME], before | {listener})
