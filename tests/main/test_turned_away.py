"""A client that is dropped: a limit on connections, which is no breach, or a bug."""

from __future__ import annotations

import sys

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.driver import perform
from harness.lane import MANY, Lane
from harness.patience import Patience
from harness.plan import Close, Connect, in_turn
from harness.verdict import Profile, Status
from tests.fuzz.targets import fleet_for

LIMITED = """
import os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    with connection:
        if served > 25:
            continue
        while data := connection.recv(4096):
            connection.sendall(data)
"""
"""Serves its first 25 connections and closes all others at once."""

DROPPING = """
import os, socket, struct
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    with connection:
        if served % 4 == 0 and connection.recv(1):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            continue
        while data := connection.recv(4096):
            connection.sendall(data)
"""
"""Resets every fourth connection."""


def used(command: list[str], profile: Profile) -> tuple[Status, str]:
    """``sessions/queue`` on an instance that has had many connections already."""
    with fleet_for(command, profile) as fleet:
        perform(in_turn(*((Connect(), Close()),) * (MANY + 5)), fleet, patience=10.0)
        lane = Lane(fleet, Patience(3.0), lambda check_id: check_id)
        result = lane.run(find("sessions/queue"), Context(profile=profile))
    return result.status, result.summary


def test_who_drops_clients_on_a_fresh_instance_too_has_a_bug() -> None:
    """The verdict is that of `--only`, whatever the instance has been used for before."""
    status, summary = used([sys.executable, "-c", DROPPING], Profile.SEQUENTIAL)
    assert (status, "reset the connection" in summary) == (Status.FAILED, True), summary


def test_who_serves_on_a_fresh_instance_may_have_a_limit() -> None:
    """It accuses nobody, and says what to do."""
    status, summary = used([sys.executable, "-c", LIMITED], Profile.SEQUENTIAL)
    assert (status, "--rate" in summary) == (Status.INCONCLUSIVE, True), summary
