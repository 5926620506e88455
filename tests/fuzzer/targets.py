"""Targets for the tests of the fuzzer, and the bugs that it must find."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.launcher.fleet import Fleet
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests import good, zoo

BUILD = Path(tempfile.gettempdir()) / "echo-harness-fuzz-tests"


@contextlib.contextmanager
def fleet_for(command: list[str], profile: Profile, seed: int = 0) -> Iterator[Fleet]:
    """A fleet for ``command``, stopped at the end with all that it launched."""
    keeper = Keeper()
    launcher = Launcher(TargetSpec(command=tuple(command)), keeper, seed)
    fleet = OneShotFleet(launcher) if profile is Profile.ONE_SHOT else SharedFleet(launcher)
    try:
        yield fleet
    finally:
        fleet.close()
        keeper.close()


def broken(name: str) -> tuple[list[str], Profile]:
    """The command and the profile of a broken server."""
    found = next(each for each in zoo.inhabitants() if each.name == name)
    return zoo.command(found, BUILD), Profile(found.profile)


def correct(name: str) -> tuple[list[str], Profile]:
    """The command and the profile of a correct server."""
    found = next(each for each in good.servers() if each.name == name)
    return good.command(found, BUILD), Profile(found.profile)


REFERENCE = [sys.executable, "-m", "echo_ref"]


@dataclass(frozen=True)
class Hunted:
    """A bug that must be found, and how small the plan that shows it gets."""

    name: str
    bug: str
    sessions: int
    """The most sessions of the smallest plan."""
    size: int
    """The most bytes that it sends: the least that fails, and a few."""


KERNEL = 8 * 1024 * 1024
"""Bytes; where a send has to stall, the kernel's buffers decide what is least."""

HUNTED = (
    Hunted("fuzz_tail_of_zero", "drops a read of exactly 1024 times k, from 3072 on", 1, 3080),
    Hunted("chunking_terminator_slot", "drops the last byte of a read of 4096", 1, 4104),
    Hunted("counter_16_bits", "stops after 65,535 bytes of a connection", 1, 65_544),
    Hunted("fuzz_ring_restart", "corrupts after 65,536 bytes, in odd reads", 1, 70_000),
    Hunted("shutdown_hangup_first", "loses data that comes with FIN", 1, 8),
    Hunted("fuzz_interrupt_process", "takes 0xFF 0xF4 out", 1, 8),
    Hunted("sessions_scratch_buffer", "cross-talk of clients ready in one round", 2, 10_000),
    Hunted("partial_rest_forgotten", "drops the rest of a short write", 1, KERNEL),
    Hunted("partial_send_1024", "drops the rest of an interrupted blocking send", 1, KERNEL),
    Hunted("sessions_leftover_buffer", "keeps what a connection that was reset left", 3, 70_000),
    Hunted("sessions_state_by_fd", "keeps state of a reset connection by descriptor", 4, KERNEL),
)
