"""What more workers bring on one machine: ``python -m benchmarks.spread``.

Each server is fuzzed for some seconds by one, two and eight workers in turn; what counts is the
ratio.  The figures are for docs/scale.md.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.api import fuzz_settings, settings
from harness.spreading.crew import Limits
from harness.spreading.fuzzing import Fuzzing
from harness.spreading.pool import Pool, cores
from harness.values.events import RunFinished

SECONDS = 15.0
WORKERS = (1, 2, 8)
SLOW = """
import os, socket, time
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                while data := connection.recv(65536):
                    time.sleep(0.02)
                    connection.sendall(data)
            except ConnectionError:
                pass
"""
SLOW_ONE_SHOT = r"""
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    static char buffer[65536];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    address.sin_port = htons(atoi(getenv("PORT")));
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5))
        return 1;
    int client = accept(listener, NULL, NULL);
    ssize_t got, put, done;
    while ((got = read(client, buffer, sizeof buffer)) > 0) {
        usleep(20000);
        for (done = 0; done < got; done += put)
            if ((put = write(client, buffer + done, got - done)) <= 0)
                return 0;
    }
    return 0;
}
"""


class Rate(NamedTuple):
    """Sessions a second, and how much of the machine's cores that took."""

    sessions: float
    busy: float


def main() -> None:
    """Print a table."""
    print(f"{cores()} cores; sessions a second (and of all cores, how much was in use)")
    with tempfile.TemporaryDirectory() as folder:
        for name, command, profile in servers(Path(folder)):
            rates = [rate(command, profile, workers) for workers in WORKERS]
            cells = [f"{r.sessions:,.0f} ({r.busy:.0%})" for r in rates]
            times = [f"{r.sessions / rates[0].sessions:.1f}" for r in rates[1:]]
            print(" | ".join([name, *cells, *times]), flush=True)


def servers(folder: Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Name, command and profile of each."""
    (folder / "slow.py").write_text(SLOW)
    (folder / "one.c").write_text(SLOW_ONE_SHOT)
    subprocess.run(["cc", "-o", str(folder / "one"), str(folder / "one.c")], check=True)
    yield "the reference, sequential", (sys.executable, "-m", "echo_ref"), "sequential"
    yield "20 ms a reply, sequential", (sys.executable, str(folder / "slow.py")), "sequential"
    yield "20 ms a reply, one-shot, in C", (str(folder / "one"),), "one-shot"


def rate(command: tuple[str, ...], profile: str, workers: int) -> Rate:
    """The rate of so many workers."""
    with tempfile.TemporaryDirectory() as corpus:
        run = fuzz_settings(
            settings(command, profile=profile, corpus=corpus, patience=10.0), None, SECONDS
        )
        run = msgspec.structs.replace(run, seed=1)
        before, began = _busy(), time.monotonic()
        with contextlib.closing(Pool(workers, Limits(), fresh=False)) as crew:
            *_, last = Fuzzing(run, crew).events()
        took = time.monotonic() - began
        assert isinstance(last, RunFinished)
        stats = last.report.fuzz
        assert stats is not None and not stats.failures, last.report.checks
        return Rate(stats.sessions / stats.duration_s, (_busy() - before) / took / cores())


def _busy() -> float:
    """Seconds of CPU that this machine has used, in all processes (proc(5), /proc/stat)."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / 100


if __name__ == "__main__":
    main()
