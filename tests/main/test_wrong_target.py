"""Whoever answers must be the target, and its echo service: nobody else is judged in its place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from harness.launcher import finding
from harness.values.report import Report
from harness.values.verdict import Status, Verdict

STRANGER = """
import socket, sys, threading
def echo(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)
with socket.socket(socket.AF_UNIX) as door:
    door.bind(sys.argv[1])
    door.listen()
    print("open", flush=True)
    kept = []
    while True:
        guest, _ = door.accept()
        _, handed, _, _ = socket.recv_fds(guest, 1, 1)
        listener = socket.socket(fileno=handed[0])
        guest.send(b"thanks")
        kept.append(listener)
        def serve(listener=listener):
            while True:
                threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
"""
"""Serves whatever listener it is given."""

GIVES_AWAY = """
import os, socket, sys, threading, time
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
def echo(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)
def give_away():
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(sys.argv[1])
        socket.send_fds(door, [b"l"], [listener.fileno()])
        door.recv(6)
    listener.close()
for _ in range(int(sys.argv[2])):
    threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
give_away()
if sys.argv[3] == "stays":
    time.sleep(600)
"""
"""Serves so many clients, then hands the listener to a stranger."""

HEALTH_FIRST = """
import os, socket, threading
health = socket.create_server(("127.0.0.1", 0))
def serve(listener):
    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
def echo(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)
first, _ = health.accept()
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
threading.Thread(target=serve, args=(listener,), daemon=True).start()
while True:
    with first:
        first.recv(100)
        first.send(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n")
    first, _ = health.accept()
"""
"""Its service comes up when somebody has asked for its health, and not before."""


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """The door at which a process that has nothing to do with us takes listeners, and its id."""
    door = tmp_path / "door"
    with subprocess.Popen(
        [sys.executable, "-c", STRANGER, str(door)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield door, process.pid
        finally:
            process.kill()


def passed(report: Report) -> list[str]:
    return [result.id for result in report.checks if result.status is Status.PASSED]


@pytest.mark.parametrize("then", ["stays", "leaves"])
@pytest.mark.parametrize(
    ("clients", "options"),
    [
        (1, {"only": ["identity"]}),
        (9, {"only": ["identity"]}),
        (30, {"only": ["identity", "chunking"], "profile": "concurrent", "jobs": 1}),
        (60, {"only": ["fuzz"], "fuzz": 4000, "profile": "concurrent"}),
    ],
)
def test_a_listener_that_was_handed_to_a_stranger_is_not_the_target(
    stranger: tuple[Path, int], clients: int, options: dict[str, object], then: str, tmp_path: Path
) -> None:
    """Whenever that happens: nothing is verified, and the stranger is named."""
    door, pid = stranger
    command = [sys.executable, "-c", GIVES_AWAY, str(door), str(clients), then]
    report = harness.check(command, corpus=str(tmp_path), **options)  # type: ignore[arg-type]
    assert (report.verdict, report.exit_code) == (Verdict.UNTESTABLE, 3)
    assert report.problem is not None
    assert "does not belong to the target any more" in report.problem.message
    assert f"(pid {pid})" in report.problem.message
    assert passed(report) == []
    assert [r.id for r in report.checks if r.status is Status.FAILED] == []


def test_a_health_port_that_opens_first_is_not_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The service on the offered port is, though it comes after the first client."""
    monkeypatch.setattr(finding, "EXPECTED_WITHIN", 0.0)
    report = harness.check(
        [sys.executable, "-c", HEALTH_FIRST], only=["identity/hello"], corpus=str(tmp_path)
    )
    assert (report.verdict, report.target.profile) == (Verdict.CONFORMING, "concurrent")


def test_a_daemon_of_the_target_is_no_stranger(tmp_path: Path) -> None:
    """It left its parent, its group and its session, and goes on with what it inherited."""
    path = Path(__file__).parents[1] / "good" / "daemon.py"
    report = harness.check([sys.executable, str(path)], only=["identity"], corpus=str(tmp_path))
    assert report.verdict is Verdict.CONFORMING, report.problem
