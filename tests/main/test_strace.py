"""What reaches the server: that exact reads are exact is seen from outside, by strace."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.contract.chunking import BOUNDARIES
from tests.main.conftest import Check
from tests.main.running import SERVERS

READ_SIZE = 1024


@pytest.fixture
def strace(tmp_path: Path) -> list[str]:
    """Words to put before a command, so that its reads go to ``tmp_path / "reads"``."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed")
    words = [program, "-f", "-e", "trace=recvfrom", "-o", str(tmp_path / "reads")]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"strace is not permitted here: {tried.stderr.strip()}")
    return words


def returned(trace: str) -> list[int]:
    """What each recv(1024) of the server returned, in order."""
    return [int(n) for n in re.findall(rf"recvfrom\(.*, {READ_SIZE}, .*\) = (\d+)$", trace, re.M)]


def test_the_reads_of_read_boundary_are_exact(
    check: Check, strace: list[str], tmp_path: Path
) -> None:
    """A message of 1024 bytes is one full read, one of 1025 a full read and then one of 1 byte.

    So it is for every size of the check, whatever the machine is doing meanwhile: the read that
    follows a full one finds the rest there, and nothing of the next message.
    """
    server = [sys.executable, str(SERVERS / "own_port.py")]
    ran = check("--only", "chunking/read-boundary", "--fuzz", "0", "--", *strace, *server)
    assert ran.code == 0, ran.said
    wanted = [n for size in sorted(BOUNDARIES) for n in reads_of(size)]
    seen = returned((tmp_path / "reads").read_text())
    starts = [n for n in range(len(seen)) if seen[n : n + len(wanted)] == wanted]
    assert len(starts) == 1, seen
    # The run may be over, and the server be told to end, before that has read the client's end.
    assert seen[starts[0] + len(wanted) :] in ([], [0]), seen


def reads_of(size: int) -> list[int]:
    full, rest = divmod(size, READ_SIZE)
    return [READ_SIZE] * full + [rest] * (rest > 0)
