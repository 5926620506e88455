"""Starting a process: where, with what, and what is said when it cannot be."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import MachineProblem
from harness.launcher.ends import LaunchError
from harness.launcher.keeper import MARK, Keeper
from harness.launcher.spawning import NoFolder, Spawned, spawn

PATH = {b"PATH": b"/usr/bin:/bin"}


@contextlib.contextmanager
def run(process: Spawned) -> Iterator[bytes]:
    """What it wrote to its standard output, once it has ended."""
    written = b""
    try:
        while part := os.read(process.streams[0], 65536):
            written += part
        assert os.waitpid(process.pid, 0)[1] == 0
        yield written
    finally:
        for descriptor in (process.stdin, *process.streams):
            os.close(descriptor)


def test_it_runs_where_it_is_to(tmp_path: Path) -> None:
    """We stay where we are, and so does one that is to be nowhere else."""
    here = os.getcwd()
    with run(spawn(["/bin/pwd"], PATH, str(tmp_path))) as written:
        assert written.decode().strip() == str(tmp_path)
    assert os.getcwd() == here
    with run(spawn(["/bin/pwd"], PATH, None)) as written:
        assert written.decode().strip() == here


def test_a_folder_that_is_not_there_is_named_as_that(tmp_path: Path) -> None:
    """The program is not blamed; we stay where we are."""
    here = os.getcwd()
    with pytest.raises(NoFolder) as found:
        spawn(["/bin/pwd"], PATH, str(tmp_path / "none"))
    assert found.value.errno == errno.ENOENT
    assert os.getcwd() == here


def test_a_program_is_looked_for_in_its_own_path(tmp_path: Path) -> None:
    """One that may not be executed is passed over, and named if there is no other."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "prints").write_text("#!/bin/sh\necho $0\n")
    (second / "prints").chmod(0o755)
    both = {b"PATH": os.fsencode(f"{tmp_path}/none:{first}:{second}")}
    with run(spawn(["prints"], both, None)) as written:
        assert written.decode().strip() == f"{second}/prints"
    with pytest.raises(PermissionError):
        spawn(["prints"], {b"PATH": os.fsencode(f"{first}:{tmp_path}/none")}, None)
    with pytest.raises(FileNotFoundError):
        spawn(["prints"], {b"PATH": os.fsencode(f"{tmp_path}/none")}, None)


def test_one_that_cannot_be_started_leaves_nothing_open() -> None:
    """Whatever the reason is."""
    before = os.listdir("/proc/self/fd")
    for argv, environment in (
        (["/no/such"], PATH),
        (["/bin/pwd", "a\0b"], PATH),
        (["/bin/pwd"], {b"A=B": b"C"}),
    ):
        with pytest.raises((OSError, ValueError)):
            spawn(argv, environment, None)
    assert os.listdir("/proc/self/fd") == before


def test_each_launch_has_the_environment_that_it_is_given(keeper: Keeper) -> None:
    """The warden is told only what differs; also after a launch that failed."""
    assert_given(keeper, {"A": "1", "B": "2", "C": ""})
    assert_given(keeper, {"A": "1", "C": "3", "D": "d=\N{EURO SIGN}\udcff"})
    assert_given(keeper, {})
    with pytest.raises(LaunchError, match="argv"):
        keeper.launch(["/no/such"], {"X": "Y"}, None)
    assert_given(keeper, {"A": "0", "B": "2"})


def test_what_no_environment_can_hold_fails_alone(keeper: Keeper) -> None:
    """A name with an equals sign, and half a character: also where it is the first launch."""
    for wrong in ({"A=B": "C"}, {"A": "\ud800"}, {"A": "B\0"}):
        with pytest.raises(LaunchError):
            keeper.launch(["/bin/true"], wrong, None)
    assert_given(keeper, {"A": "B"})


def test_another_warden_is_told_all(keeper: Keeper) -> None:
    """It knows nothing of what the one before it was told."""
    assert_given(keeper, {"A": "1", "B": "2"})
    os.kill(keeper.pid, 9)
    with pytest.raises(MachineProblem, match="killed"):
        while True:
            keeper.poll(0.05)
    assert_given(keeper, {"A": "1", "B": "3"})


def assert_given(keeper: Keeper, environment: dict[str, str]) -> None:
    """A launch finds ``environment`` and the mark of the launch, and nothing else."""
    ident = keeper.launch(["/usr/bin/env", "-0"], environment, None)
    while ident not in keeper.exits:
        keeper.poll(0.05)
    keeper.ask({"op": "output", "id": ident})
    keeper.await_answer(lambda: ident in keeper._outputs)
    told = keeper._outputs.pop(ident)["text"].split("\0")[:-1]
    given = {**environment, MARK: keeper.mark_of(ident)}
    wanted = {f"{k}={v}".encode(errors="surrogateescape") for k, v in given.items()}
    assert set(told) == {word.decode(errors="replace") for word in wanted}
