"""Fixtures of these tests."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.main.running import Ran, Running, run, run_here

Check = Callable[..., Ran]
Script = Callable[..., list[str]]

IN_A_NETWORK_OF_ITS_OWN = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """``check("--port", "80", *python(server))`` runs ``echo-harness check`` in ``tmp_path``."""
    return lambda *arguments, **options: run(tmp_path, *arguments, **options)


@pytest.fixture
def check_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """The same in this process: for what is promised of the verdict, not of the process."""
    return lambda *arguments, **more: run_here(tmp_path, monkeypatch, capsys, *arguments, **more)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """The same without waiting for its end."""
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(
            Running(tmp_path, *arguments, **options)
        )


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """``script("print(1)")`` is what follows the options to launch it: ``-- python FILE``."""

    def write(source: str, name: str = "server.py") -> list[str]:
        path = tmp_path / name
        path.write_text(source)
        return ["--", sys.executable, str(path)]

    return write


@pytest.fixture(scope="session")
def own_network() -> list[str]:
    """Words to put before a command so that all ports are free for it, whoever uses ours.

    Skips where the system does not let us have a network namespace.
    """
    prefix = ["unshare", "--map-root-user", "--net", sys.executable, "-c", IN_A_NETWORK_OF_ITS_OWN]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace of our own: {error}")
    return prefix


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A listener of this very process, on a port that the system gives to nobody by itself."""
    with ExitStack() as stack:
        while True:
            listener = stack.enter_context(socket.socket())
            try:
                listener.bind(("127.0.0.1", random.randint(10_000, 31_000)))
            except OSError:
                continue
            listener.listen()
            yield listener
            return


@pytest.fixture
def busy_cores() -> Iterator[None]:
    """Both cores are kept busy; each of the processes ends by itself should nobody end it."""
    spin = "import time\nend = time.monotonic() + 300\nwhile time.monotonic() < end: pass"
    spinners = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(2)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
