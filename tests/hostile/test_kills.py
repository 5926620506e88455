"""A run that is ended from outside, at moments that nobody chose: nothing is left behind.

The moments are drawn from a seed, most of them early, where the harness starts its processes.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
from pathlib import Path

import pytest

from tests.main.running import GOOD, Running, python

KINDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
TARGETS = ("daemon.py", "oneshot_port.py", "grandchild.py", "sequential_blocking.py")
PARTS = 2
FEW, MANY = 8, 200
LATEST = 1.5
"""Seconds after the start within which a run is ended."""
INTERRUPTED = 130


@pytest.mark.timeout(150)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("number", KINDS, ids=lambda number: number.name)
def test_at_any_moment(number: signal.Signals, part: int, tmp_path: Path) -> None:
    """Whenever a signal comes, nothing survives the run, and whoever could write a report did."""
    for seed in range(part, FEW, PARTS):
        end_one(number, seed, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", KINDS, ids=lambda number: number.name)
def test_at_very_many_moments(number: signal.Signals, tmp_path: Path) -> None:
    """The same, two hundred times."""
    for seed in range(FEW, FEW + MANY):
        end_one(number, seed, tmp_path / str(seed))


def end_one(number: signal.Signals, seed: int, folder: Path) -> None:
    """Start a run, end it by signal ``number`` at the moment of ``seed``, and look what is left."""
    choices = random.Random(f"{number.name}-{seed}")
    moment = LATEST * choices.random() ** 2
    target = GOOD / choices.choice(TARGETS)
    with Running(folder, "--fuzz", "20", *python(target)) as running:
        ended = not _passes(running.process.pid, moment)
        heard = not ended and _handles(running.process.pid, signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            running.process.send_signal(number)
        ran = running.finish()
    told = f"seed {seed}, {moment:.3f} s, {target.name}, exit {ran.code}: {ran.said}"
    assert ran.left == [], told
    assert ran.code != 70, told
    if number is signal.SIGKILL:
        return
    if heard:  # before that it is the interpreter that starts, and nobody can answer
        assert ran.code in (0, INTERRUPTED), told
        assert "Traceback" not in ran.err, told
        assert ran.whole["interrupted"] == (ran.code == INTERRUPTED), told


def _passes(pid: int, seconds: float) -> bool:
    """Let the moment come; whether the process is still there then."""
    handle = os.pidfd_open(pid)
    try:
        return not select.select([handle], [], [], seconds)[0]
    finally:
        os.close(handle)


def _handles(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for the signal (proc(5), SigCgt)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) & 1 << (number - 1))
    return False
