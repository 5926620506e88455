"""How many instances of a target may run side by side, found out by launching."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.running.fleets import Fleets
from harness.running.patience import Patience
from harness.settings.run import Settings
from harness.system.free_ports import free_port
from harness.values.target import TargetSpec
from harness.values.verdict import Profile

HOST = "127.0.7.9"
LISTENS = """
import os, socket, time
s = socket.socket()
{options}
s.bind(("{host}", {port}))
s.listen(8)
time.sleep(60)
"""
REUSE_PORT = "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)"


@contextmanager
def fleets_of(port: str, options: str = "", **more: object) -> Iterator[Fleets]:
    code = LISTENS.format(host=HOST, port=port, options=options)
    target = TargetSpec(command=(sys.executable, "-c", code))
    fleets = Fleets(Settings(target=target, **more))  # type: ignore[arg-type]
    try:
        fleets.start()
        yield fleets
    finally:
        fleets.close()


def lanes(fleets: Fleets, profile: Profile = Profile.SEQUENTIAL) -> int:
    """How many there are when it was tried whether another instance can run."""
    fleets.try_another()
    fleets.use(profile)
    return len(fleets.lanes(Patience(3.0), str))


def a_port(*, given_away: bool) -> int:
    """One that the system gives away, or does not; free at HOST, where no client is."""
    if not given_away:
        return free_port(HOST, random.Random(5))
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("profile", [Profile.ONE_SHOT, Profile.SEQUENTIAL, Profile.CONCURRENT])
def test_who_takes_another_port_each_time_runs_side_by_side(profile: Profile) -> None:
    """A target that binds to port 0 need not be given one."""
    with fleets_of("0", jobs=4) as fleets:
        assert lanes(fleets, profile) == 4


def test_who_is_given_a_port_runs_side_by_side() -> None:
    """And is not launched to find that out."""
    with fleets_of('int(os.environ["PORT"])', jobs=4) as fleets:
        assert lanes(fleets) == 4


@pytest.mark.parametrize("options", ["", REUSE_PORT])
@pytest.mark.parametrize("given_away", [False, True])
def test_who_has_one_port_runs_alone(options: str, given_away: bool) -> None:
    """Whether a second instance fails, or would share the port and the clients with the first."""
    with fleets_of(str(a_port(given_away=given_away)), options, jobs=4) as fleets:
        assert lanes(fleets) == 1
        assert fleets.main is not None
        instance = fleets.main.current
        assert instance is not None
        assert instance.alive
        assert instance.listens()


def test_with_one_job_nothing_is_tried() -> None:
    """Nobody needs to know."""
    with fleets_of("0", jobs=1) as fleets:
        assert lanes(fleets) == 1
