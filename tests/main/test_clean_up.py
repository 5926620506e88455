"""Nothing is left behind: no process, no port, no temporary file, however a run ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.fuzzer.case import Case, Rate, save
from harness.values.plan import Connect, PauseTarget, ResumeTarget, Wait, one
from harness.values.verdict import Profile
from tests.main.conftest import Check
from tests.main.running import GOOD, SERVERS, Ran, Running, await_that, carriers, python, targets

ZOO = Path(__file__).parents[1] / "zoo"
Start = Callable[..., Running]
TARGETS = {
    "plain": GOOD / "sequential_blocking.py",
    "daemon": GOOD / "daemon.py",
    "grandchild": GOOD / "grandchild.py",
    "prefork": GOOD / "prefork.py",
    "one-shot": GOOD / "oneshot_port.py",
}
SOME = (
    *("--only", "launch/listens", "--only", "launch/restarts", "--only", "identity/hello"),
    *("--only", "resilience/terminates"),
)
"""Launched more than once, and asked to end."""
LONG = ("--time", "3600")
"""For ``echo-harness fuzz``: it would go on for an hour."""
each_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
the_rest = [
    pytest.param(path, id=name, marks=() if name in ("daemon", "prefork") else pytest.mark.slow)
    for name, path in TARGETS.items()
]
"""Two with children; the others are slow, and some of them in ``tests/hostile/test_kills.py``."""


def nothing_left(ran: Ran) -> None:
    assert ran.left == []
    assert "Traceback" not in ran.err
    if ran.report is not None and ran.report["target"]["address"]:
        host, _, port = ran.report["target"]["address"].rpartition(":")
        assert not nobodys_listener(host, int(port))


def nobodys_listener(host: str, port: int) -> bool:
    """Whether something listens there that no process owns up to.

    All processes of the run have ended, so one that has an owner belongs to somebody else.
    """
    return any(
        c.status == psutil.CONN_LISTEN and c.laddr == (host, port) and c.pid is None
        for c in psutil.net_connections("tcp")
    )


def under_way(start: Start, target: Path) -> Running:
    """A run whose target was launched."""
    running = start(*LONG, *python(target), subcommand="fuzz")
    assert await_that(lambda: bool(targets(running.mark)))
    return running


@each_target
def test_after_a_run(check: Check, target: Path) -> None:
    """A run to its end."""
    ran = check(*SOME, *python(target))
    assert ran.code == 0, ran.said
    nothing_left(ran)


def test_after_a_run_that_fails(check: Check) -> None:
    """A target that has to be launched again and again."""
    ran = check("--only", "identity", "--fuzz", "0", *python(SERVERS / "dies_on_second_client.py"))
    assert ran.code == 1
    nothing_left(ran)


def test_after_a_target_that_never_listens(check: Check, tmp_path: Path) -> None:
    """A target that could not be tested is stopped all the same, its child too."""
    path = tmp_path / "server.py"
    path.write_text("import os, signal\nos.fork()\nsignal.pause()\n")
    ran = check("--start-timeout", "1", *python(path))
    assert ran.code == 3
    nothing_left(ran)


def test_after_a_target_that_ignores_being_asked(check: Check) -> None:
    """SIGTERM that is ignored is followed by what cannot be."""
    ran = check("--only", "identity/hello", "--fuzz", "0", *python(SERVERS / "ignores_signals.py"))
    assert ran.code == 0
    nothing_left(ran)


@pytest.mark.parametrize(
    ("target", "number"),
    [
        *(pytest.param(*one.values, signal.SIGINT, marks=one.marks) for one in the_rest),
        *((TARGETS["daemon"], number) for number in (signal.SIGTERM, signal.SIGHUP)),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value.name,
)
def test_after_an_interruption(start: Start, target: Path, number: signal.Signals) -> None:
    """Ctrl-C and kinder kills: exit 130, and the report of what was run is written."""
    running = under_way(start, target)
    running.process.send_signal(number)
    ran = running.finish()
    assert ran.code == 130, ran.said
    assert ran.whole["interrupted"]
    assert ran.whole["verdict"] != "conforming"
    nothing_left(ran)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_after_an_interruption_of_the_first_moment(start: Start, number: signal.Signals) -> None:
    """While most is still to be imported: the run ends before it begins, with a whole report."""
    running = start(*SOME, *python(GOOD / "daemon.py"))
    assert await_that(lambda: catches(running.process.pid, signal.SIGTERM))
    running.process.send_signal(number)
    ran = running.finish()
    assert ran.code == 130, ran.said
    assert ran.whole["interrupted"]
    assert ran.whole["checks"] == []
    nothing_left(ran)


def catches(pid: int, number: int) -> bool:
    """Whether ``pid`` has a handler for ``number``; of those of Python only SIGINT has one."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) & 1 << number - 1)


SHOWS_CLIENTS = """
import os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
count = 0
while True:
    connection, _ = listener.accept()
    count += 1
    if count == 300:
        open("many", "w").close()
    try:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
    except ConnectionError:
        pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_an_interruption_of_a_search(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    """The fuzzer ends where it is, and tells how far it came."""
    (tmp_path / "server.py").write_text(SHOWS_CLIENTS)
    running = start(*LONG, *python("server.py"), subcommand="fuzz")
    assert await_that((tmp_path / "many").exists)
    running.process.send_signal(number)
    ran = running.finish(timeout=30)
    assert ran.code == 130, ran.said
    (search,) = ran.whole["checks"]
    assert search["status"] == "inconclusive"
    assert search["summary"].startswith("interrupted after ")
    assert ran.whole["fuzz"]["sessions"] > 0
    nothing_left(ran)


def test_after_a_second_interruption(start: Start) -> None:
    """Whoever presses Ctrl-C twice means it once: the end that is under way is not disturbed."""
    running = under_way(start, GOOD / "prefork.py")
    for _ in range(5):
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGTERM)
    ran = running.finish()
    assert ran.code == 130, ran.said
    assert ran.whole["interrupted"]
    nothing_left(ran)


@pytest.mark.parametrize("target", the_rest)
def test_after_a_kill(start: Start, target: Path) -> None:
    """SIGKILL of the harness: it can do nothing, and yet nothing of the target survives."""
    running = under_way(start, target)
    running.process.kill()
    ran = running.finish()
    assert ran.code == -signal.SIGKILL
    nothing_left(ran)


def test_after_a_kill_of_the_process_group(start: Start) -> None:
    """As when a terminal or a CI system ends a job: all that is in the group, at once."""
    running = under_way(start, GOOD / "daemon.py")
    os.killpg(running.process.pid, signal.SIGKILL)
    nothing_left(running.finish())


def test_after_a_kill_while_the_target_is_paused(start: Start, tmp_path: Path) -> None:
    """A stopped target cannot end by itself, and is ended.

    A plan from a file keeps it stopped for ten seconds: what a check stops for a moment can be
    over before anybody looks.
    """
    plan = one(Connect(), PauseTarget(), Wait(10.0), ResumeTarget())
    case = Case(profile=Profile.SEQUENTIAL, seed=0, findings=(), rate=Rate(1, 1), plan=plan)
    path = save(case, tmp_path)
    running = start(str(path), *python(SERVERS / "slow.py"), subcommand="replay")
    assert await_that(lambda: any(stopped(pid) for pid in carriers(running.mark)))
    running.process.kill()
    nothing_left(running.finish())


def stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def test_a_server_that_was_there_before_is_left_alone(check: Check) -> None:
    """--connect: what the harness did not start it does not stop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ran = check(
            *("--connect", f"127.0.0.1:{port}", "--only", "launch/listens", "--patience", "0.2"),
            *("--fuzz", "0"),
        )
        assert ran.code in (0, 1, 4)
        assert ran.left == []
        socket.create_connection(("127.0.0.1", port)).close()


def test_a_server_that_was_there_before_is_watched(check: Check) -> None:
    """--connect: it is waited for, its leak is found, and no signal is sent to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = 10_000 + probe.getsockname()[1] % 20_000
    late = "import os, runpy, signal, time\n"
    late += "for n in (1, 2, 3, 10, 12, 15, 18): signal.signal(n, lambda *_: os._exit(9))\n"
    late += "time.sleep(0.5)\n"  # it is waited for
    late += f"runpy.run_path({str(ZOO / 'resources_dup_kept.py')!r}, run_name='__main__')"
    server = subprocess.Popen(
        [sys.executable, "-c", late],
        env={**os.environ, "PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    try:
        ran = check(
            *("--connect", f"127.0.0.1:{port}", "--fuzz", "0", "--strict", "--only", "resources"),
            *("--only", "resilience/terminates", "--only", "resilience/pause-resume"),
        )
        assert server.poll() is None
    finally:
        server.kill()
        server.wait()
    assert ran.ids("failed") == {"resources/descriptors"}
    needs_us = {"resilience/terminates", "resilience/pause-resume"}
    unheard = {"resources/checkers", "resources/unhandled-errors"}
    assert ran.ids("skipped") == needs_us | unheard
    assert f"(pid {server.pid})" in ran.said
