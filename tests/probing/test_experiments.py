"""Experiments on real targets: what is performed, how often, for how long."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import TABLE
from harness.launcher.fleet import Fleet
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.probing.experiments import Conditions, Experiments, Laboratory, Notes
from harness.values.target import TargetSpec
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.support.commands import NEVER, REFERENCE, ZOO
from tests.support.serving import DEADLINE, echo, serving

SILENT = Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message="", session=0)
LONG = 1e6
"""Seconds of budget, where the machine may be busy."""


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.dismiss()
    keeper.close()


def laboratory(fleet: Fleet, notes: Notes | None = None, stretch: float = 100.0) -> Laboratory:
    conditions = Conditions(Profile.SEQUENTIAL, 5.0, stretch=stretch)
    return Laboratory(lambda: fleet, conditions, notes or Notes(LONG))


def launched(keeper: Keeper, *command: str) -> SharedFleet:
    return SharedFleet(Launcher(TargetSpec(command=command), keeper))


def test_a_byte_that_ends_the_connection(keeper: Keeper) -> None:
    """A dozen more exchanges find the one byte."""
    fleet = launched(keeper, sys.executable, str(ZOO / "identity_ctrl_d.py"))
    try:
        (seen,) = laboratory(fleet).ask("bytes")
        assert seen.facts["ends"] == [4]
        assert seen.said.startswith("0x04 alone ends the connection")
    finally:
        fleet.close()


LINES = (
    "import asyncio, os\n"
    "async def serve(reader, writer):\n"
    "    try:\n"
    "        while line := await reader.readline():\n"
    "            writer.write(line)\n"
    "    except ValueError: pass\n"
    "    writer.close()\n"
    "async def main():\n"
    "    server = await asyncio.start_server(serve, '127.0.0.1', os.environ['PORT'], limit=5432)\n"
    "    await server.serve_forever()\n"
    "asyncio.run(main())\n"
)


def test_a_line_that_ends_the_connection(keeper: Keeper) -> None:
    """Whether it is reset or closed, and whatever the client was doing then: to the byte."""
    fleet = launched(keeper, sys.executable, "-c", LINES)
    try:
        (seen,) = laboratory(fleet).ask("lines")
        assert seen.said == "A line of 5,432 bytes is answered; one of 5,433 ends the connection."
    finally:
        fleet.close()


def test_a_correct_server_is_nothing_special(keeper: Keeper) -> None:
    """The reference passes what needs its process, in one row of questions."""
    fleet = launched(keeper, *REFERENCE)
    try:
        asked = ("repeat", "sizes", "lines", "signals")
        seen = laboratory(fleet).ask(*asked)
        assert [one.id for one in seen] == list(asked)
        assert not any(one.special for one in seen), seen
    finally:
        fleet.close()


def test_each_is_made_once() -> None:
    """What is known is not asked again, by whoever shares the notes."""
    with serving(echo) as server:
        notes = Notes(LONG)
        first = laboratory(server.fleet, notes=notes).ask("repeat")
        connections = len(server.peers)
        assert laboratory(server.fleet, notes=notes).ask("repeat") == first
        assert len(server.peers) == connections


def test_threads_share_what_is_found() -> None:
    """Lanes that ask at the same time get the same answer, which is looked for once."""
    with serving(echo) as server:
        notes = Notes(LONG)
        found = []

        def ask() -> None:
            found.append(laboratory(server.fleet, notes=notes).ask("repeat"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert len(found) == 4
        assert found == found[:1] * 4
        assert len(server.peers) == 1


def test_when_the_time_is_over_none_is_begun() -> None:
    """A budget for all together; what is not known then is left out."""
    with serving(echo) as server:
        room = laboratory(server.fleet, notes=Notes(0.0))
        assert room.ask("repeat", "bytes") == ()
        assert not server.peers


def test_one_that_takes_long_is_left() -> None:
    """What was seen by then is told, and nothing of what was not."""

    def slow(connection: socket.socket) -> None:
        while data := connection.recv(1024):
            time.sleep(0.01)
            connection.sendall(data)

    with serving(slow) as server:
        room = laboratory(server.fleet, notes=Notes(0.3), stretch=1.0)
        began = time.monotonic()
        seen = room.ask("bytes", "words")
        assert time.monotonic() - began < DEADLINE
        assert [one.id for one in seen] in (["bytes"], [])
        assert not any(one.special for one in seen), seen
        assert all(one.facts["cut"] for one in seen)


def test_somebody_elses_target_gets_gentle_ones_only() -> None:
    """It is not flooded, and not asked by the dozen at once."""
    with serving(echo) as server:
        room = laboratory(server.fleet)
        gentle = [id for id in ("repeat", "words") if TABLE[id].gentle]
        seen = room.ask("slow-reader", "sizes", "clients", *gentle)
        assert [one.id for one in seen] == gentle


def test_one_that_makes_no_sense_is_left_out() -> None:
    """A server for one connection has no neighbours."""
    with serving(echo) as server:
        room = Laboratory(lambda: server.fleet, Conditions(Profile.ONE_SHOT, 1.0))
        assert room.ask("neighbours", "crosstalk") == ()


def test_an_unknown_one_is_a_fault() -> None:
    """Whoever asks for what is not in the table has made a mistake."""
    with serving(echo) as server, pytest.raises(KeyError):
        laboratory(server.fleet).ask("horoscope")


def test_a_target_that_does_not_come_up_tells_nothing(keeper: Keeper) -> None:
    """No exception, no outcome, and no second attempt."""
    fleet = launched(keeper, *NEVER)
    room = laboratory(fleet)
    assert room.ask("repeat") == ()
    assert room.notes.known == {"repeat": None}
    fleet.close()


def test_a_target_that_hangs_up_does_no_harm() -> None:
    """Whatever is asked of who ends every connection at once, it is told and nothing is raised."""
    with serving(lambda connection: None) as server:
        room = laboratory(server.fleet, stretch=1.0)
        for id in ("answers", "messages", "repeat", "bytes", "words"):
            assert [one.special for one in room.ask(id)] == [True], id


def test_lanes_ask_when_it_answers() -> None:
    """Only when a finding asks for it, and once for all lanes."""
    with serving(echo) as server:
        experiments = Experiments()
        assert experiments.answers(server.fleet, [], 1.0, None) is Answers.UNKNOWN
        assert experiments.answers(server.fleet, [SILENT], 1.0, None) is Answers.AT_ONCE
        connections = len(server.peers)
        assert experiments.answers(server.fleet, [], 1.0, None) is Answers.AT_ONCE
        assert len(server.peers) == connections
