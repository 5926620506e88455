"""What stands behind the shim of a version manager is started without it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.launcher import shims
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.values.target import TargetSpec

SERVER = """
import os, socket
print(os.environ["CHOSEN"], os.environ["PORT"], "SCRAP" in os.environ, flush=True)
socket.create_server(("127.0.0.1", int(os.environ["PORT"]))).accept()
"""


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A script that chooses a Python and becomes it, and counts how often it was asked."""
    path = tmp_path / "shims" / "python"
    path.parent.mkdir()
    path.write_text(
        f"#!/bin/sh\necho asked >> {tmp_path}/asked\nexport CHOSEN=this\nunset SCRAP\n"
        f'exec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return path


def launcher_of(keeper: Keeper, *command: str) -> Launcher:
    return Launcher(TargetSpec(command=command, env=(("SCRAP", "1"),)), keeper)


def test_a_shim_is_asked_once(shim: Path, tmp_path: Path, keeper: Keeper) -> None:
    """The second instance is what the first became, with the same environment and a port of its
    own."""
    launcher = launcher_of(keeper, str(shim), "-c", SERVER)
    first, second = launcher.launch(), launcher.launch()
    assert first.output().split() == ["this", str(first.offered), "False"]
    assert second.output().split() == ["this", str(second.offered), "False"]
    assert (tmp_path / "asked").read_text().split() == ["asked"]


def test_another_script_is_started_each_time(shim: Path, tmp_path: Path, keeper: Keeper) -> None:
    """A script that is no shim may have something to do at each start."""
    other = shim.rename(tmp_path / "start.sh")
    launcher = launcher_of(keeper, str(other), "-c", SERVER)
    for _ in range(2):
        launcher.launch()
    assert (tmp_path / "asked").read_text().split() == ["asked", "asked"]


def test_what_is_not_certain_is_not_known() -> None:
    """Other arguments than were given, or no process at all."""
    me = [sys.executable, "something", "else"]
    assert shims.behind(os.getpid(), me, {}) is None
    assert shims.behind(2**22 + 1, me, {}) is None


def test_the_environment_of_a_shim() -> None:
    """What it added, changed and removed is done to each environment that follows."""
    found = shims.Behind(
        "/usr/bin/python3", {"PATH": "/v:/usr/bin", "NEW": "1"}, frozenset({"OLD"})
    )
    given = {"PATH": "/usr/bin", "OLD": "x", "PORT": "7007"}
    assert found.environment(given) == {"PATH": "/v:/usr/bin", "NEW": "1", "PORT": "7007"}
