"""A verdict can be relied on: a run that ended early, or left a must open, never conforms."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.main.conftest import Check, Script
from tests.main.running import SERVERS, Running, python

TEXTBOOK = """
import os
import socket

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        with conn:
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                conn.sendall(data{change})
"""
"""No SO_REUSEADDR, as in many a book: launch/restarts is a warning."""
FIRST = ("--only", "launch/restarts", "--only", "identity", "--only", "chunking/uneven")
IN_TURN = ("--jobs", "1", "--profile", "sequential", "--fuzz", "0")


@pytest.fixture
def check(check_here: Check) -> Check:
    """In this process: what is promised here is the verdict and what is said of it."""
    return check_here


def test_x_does_not_stop_at_a_warning(check: Check, script: Script) -> None:
    """A server that shouts is found out, though something less grave comes first."""
    ran = check("-x", *FIRST, *IN_TURN, *script(TEXTBOOK.format(change=".upper()")))
    assert ran.code == 1
    assert "launch/restarts" in ran.ids("failed")
    assert ran.ids("failed") - {"launch/restarts"}
    left = ran.whole["not_run"]
    assert left
    assert ran.whole["stopped"] == "first failure"
    many = f"{len(left)} check{'s' if len(left) > 1 else ''} did not run"
    assert f"stopped at the first failure; {many}" in ran.said
    assert set(left) | {c["id"] for c in ran.whole["checks"]} >= {"identity/hello"}


def test_x_goes_through_to_the_end_when_nothing_counts(
    check: Check, script: Script, tmp_path: Path
) -> None:
    """A warning, and a failure that is expected, are no reason to stop."""
    command = script(TEXTBOOK.format(change=".upper()"))[1:]
    (tmp_path / "echo-harness.toml").write_text(
        f"[targets.mine]\ncommand = {command}\n"
        "[targets.mine.expected-failures]\n'identity/hello' = 'it shouts'\n"
    )
    some = ("--only", "launch/restarts", "--only", "identity/hello", "--only", "chunking/uneven")
    ran = check("-x", *some, *IN_TURN, "mine")
    assert ran.code == 0, ran.said
    assert ran.ids("failed") == {"launch/restarts", "identity/hello"}
    assert ran.ids("passed") == {"chunking/uneven"}
    assert (ran.whole["not_run"], ran.whole["stopped"]) == ([], None)
    assert "did not run" not in ran.said


def test_x_stops_at_a_warning_that_counts(check: Check, script: Script) -> None:
    """With --strict it does; the check that waits longest is not reached."""
    more = ("--strict", "--only", "shutdown/idle-kept")
    ran = check("-x", *FIRST[:2], *more, *IN_TURN, *script(TEXTBOOK.format(change="")))
    assert ran.code == 1
    assert ran.ids("failed") == {"launch/restarts"}


def test_an_interrupted_run_names_what_did_not_run(start: Callable[..., Running]) -> None:
    """The checks that it had not come to are in the report, by id."""
    with socket.create_server(("127.0.0.1", 0)) as told:
        told.settimeout(60)
        running = start(
            *("--only", "identity/hello", "--only", "shutdown/idle-kept", "--patience", "0.5"),
            *IN_TURN,
            *python(SERVERS / "tells_and_waits.py", str(told.getsockname()[1])),
        )
        with told.accept()[0]:  # the target has had its Hello, and waits
            running.process.send_signal(signal.SIGINT)
            ran = running.finish()
    assert ran.code == 130
    assert "shutdown/idle-kept" in ran.whole["not_run"]
    assert ran.whole["stopped"] == "interrupted"
    assert "did not run" in ran.said


DECODES = """
import os, socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    connection, address = listener.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data.decode().encode())
"""


def test_a_one_shot_server_that_crashes_is_explained_by_its_traceback(
    check: Check, script: Script
) -> None:
    """Not by the clean end of the instance before, which served another session."""
    ran = check("--only", "identity/*utf8", "--fuzz", "0", *script(DECODES))
    assert ran.ids("failed") == {"identity/invalid-utf8", "identity/split-utf8"}
    for check_id in ran.ids("failed"):
        result = ran.check(check_id)
        assert result["diagnosis"]["cause"] == "decodes-text"
        assert "UnicodeDecodeError" in result["output"]
