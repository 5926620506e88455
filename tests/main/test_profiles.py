"""The profile is found by what the target does; a pinned one is a promise that must be kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.main.conftest import Check, Script
from tests.main.running import GOOD, SERVERS, python

QUICK = ("--only", "identity/hello", "--fuzz", "0")
SEQUENTIAL = SERVERS / "own_port.py"
CONCURRENT = GOOD / "threaded.py"
ONE_SHOT = GOOD / "oneshot_port.py"


@pytest.fixture
def check(check_here: Check) -> Check:
    """In this process: what is promised here is the verdict and what is said of it."""
    return check_here


@pytest.mark.parametrize(
    ("server", "profile"),
    [
        (ONE_SHOT, "one-shot"),
        (SEQUENTIAL, "sequential"),
        (CONCURRENT, "concurrent"),
        (GOOD / "asyncio_streams.py", "concurrent"),
        (GOOD / "prefork.py", "sequential"),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_detected(check: Check, server: Path, profile: str) -> None:
    """What it is, how that was found, and how to pin it, are in the report and in the headline."""
    ran = check(*QUICK, *python(server))
    target = ran.whole["target"]
    assert (target["profile"], target["profile_source"]) == (profile, "detected")
    assert f"{profile} (detected; pin with --profile {profile})" in ran.said
    assert ran.code == 0


TAKES_ITS_TIME = """
import os, socket, threading, time

def serve(connection):
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data)

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        time.sleep(0.12)  # as much as a busy machine takes to begin a process
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


def test_who_begins_slowly_is_no_pool(check: Check, script: Script) -> None:
    """Eight clients at once are served when it has begun with each of them, however long that
    takes: more are served with each look, where a pool serves as many as before."""
    ran = check(*QUICK, *script(TAKES_ITS_TIME))
    assert ran.whole["target"]["profile"] == "concurrent"
    assert "at a time" not in ran.said


SILENT_AND_GONE = """
import os, socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1024):
            pass
"""


def test_who_answers_nothing_and_exits_is_one_shot(check: Check, script: Script) -> None:
    """Its end is no second failure beside its silence."""
    options = ("--only", "identity/hello", "--only", "launch/stays-up", "--fuzz", "0")
    ran = check(*options, "--patience", "1", *script(SILENT_AND_GONE))
    target = ran.whole["target"]
    assert (target["profile"], target["profile_source"]) == ("one-shot", "assumed")
    assert ran.ids("failed") == {"identity/hello"}


SLOW_ONCE = """
import itertools, os, socket, threading, time

turns = itertools.count()

def serve(connection):
    # What starting a process for each client may take, on a machine that is busy for a moment.
    time.sleep(0.4 if next(turns) == 1 else 0.004)
    while data := connection.recv(1024):
        connection.sendall(data)
    connection.close()

listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


def test_a_second_client_that_had_to_wait_once_is_looked_at_again(
    check: Check, script: Script
) -> None:
    """Who starts something for each client may take longer now and then, and is concurrent."""
    target = check(*QUICK, *script(SLOW_ONCE)).whole["target"]
    assert (target["profile"], target["profile_source"]) == ("concurrent", "detected")


HOLDS_BACK = """
import os, socket, threading

def serve(connection):
    kept = b""
    while data := connection.recv(1024):
        kept += data
        whole = len(kept) // 8 * 8
        connection.sendall(kept[:whole])
        kept = kept[whole:]
    connection.sendall(kept)
    connection.close()

listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""
"""Blocks of eight bytes."""


def test_detected_by_the_first_byte(check: Check, script: Script) -> None:
    """Who answers two clients in turn is concurrent, though neither gets all of its bytes."""
    ran = check(*QUICK, *script(HOLDS_BACK))
    assert ran.whole["target"]["profile"] == "concurrent"


FALLS_OVER = """
import os, socket

listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    total = 0
    while data := connection.recv(1024):
        total += len(data)
        if total > 100_000:
            raise SystemExit(3)
        connection.sendall(data)
    connection.close()
"""


def test_a_death_in_the_sample_is_told(check: Check, script: Script) -> None:
    """No check has begun then, so nobody else would say that the target was launched again."""
    ran = check(*QUICK, *script(FALLS_OVER))
    assert "the target ended (exit status 3) while 131,072 bytes were sent" in ran.said
    assert ran.ids("passed") == {"identity/hello"}
    assert "131,072" not in check(*QUICK, *python(CONCURRENT)).said


def test_detected_when_the_second_client_hangs(check: Check) -> None:
    """Serving several at a time but not as many as come is told, and promises only an order."""
    ran = check(*QUICK, *python(GOOD / "prefork.py"))
    assert any("serves 4 clients at a time" in notice for notice in ran.whole["notices"])


@pytest.mark.parametrize(
    ("server", "pinned", "failing"),
    [
        (SEQUENTIAL, "concurrent", "sessions/simultaneous"),
        pytest.param(
            *(GOOD / "prefork.py", "concurrent", "sessions/simultaneous"), marks=pytest.mark.slow
        ),
        (ONE_SHOT, "sequential", "sessions/one-after-another"),
        pytest.param(*(ONE_SHOT, "concurrent", "sessions/simultaneous"), marks=pytest.mark.slow),
        (CONCURRENT, "one-shot", "shutdown/exit-status"),
        pytest.param(*(SEQUENTIAL, "one-shot", "shutdown/exit-status"), marks=pytest.mark.slow),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_a_promise_that_is_not_kept(check: Check, server: Path, pinned: str, failing: str) -> None:
    """A target pinned to more, or to something else, than it does is not conforming."""
    options = ("--profile", pinned, "--only", failing, "--fuzz", "0", "--patience", "1")
    ran = check(*options, *python(server))
    assert ran.code == 1
    assert ran.ids("failed") == {failing}
    assert ran.whole["target"]["profile_source"] == "pinned"


def test_a_server_may_do_more_than_it_promises(check: Check) -> None:
    """A concurrent one keeps the promises of a sequential one."""
    options = ("--profile", "sequential", "--only", "sessions/one-after-another", "--fuzz", "0")
    assert check(*options, *python(CONCURRENT)).code == 0


def test_a_death_after_the_first_client_is_no_one_shot(check: Check, tmp_path: Path) -> None:
    """Ending with status 1 is no promise but a crash, and its status is told."""
    path = tmp_path / "server.py"
    path.write_text(ONE_SHOT.read_text() + "\nraise SystemExit(1)\n")
    options = ("--only", "identity/hello", "--only", "launch/stays-up", "--fuzz", "0")
    ran = check(*options, "--patience", "1", "--", sys.executable, str(path))
    assert ran.code == 1
    assert ran.whole["target"]["profile"] != "one-shot"
    assert "launch/stays-up" in ran.ids("failed")
    assert any("exit status 1" in notice for notice in ran.whole["notices"])
