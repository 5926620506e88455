"""Where the constants of a target are looked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.constants import gather
from harness.errors import UsageProblem
from harness.values.dictionary import EMPTY, Constant, dictionary
from harness.values.target import TargetSpec


def numbers(folder: Path, *command: str) -> set[int]:
    found = gather.of_target(TargetSpec(command=command, cwd=str(folder)))
    return {c.value for c in found.constants if isinstance(c.value, int)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "server.py").write_text("import helper, socket\nfrom pkg.part import x\na = 101\n")
    (tmp_path / "helper.py").write_text("import server\na = 102\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("a = 103\n")
    (tmp_path / "pkg" / "__main__.py").write_text("a = 104\n")
    (tmp_path / "pkg" / "part.py").write_text("a = 105\n")
    (tmp_path / "other.py").write_text("a = 106\n")
    return tmp_path


def test_modules_beside_a_program_are_read(project: Path) -> None:
    """Those that it imports, and no others."""
    assert numbers(project, "python", "server.py") == {101, 102, 105}


def test_a_module_that_is_run_is_read(project: Path) -> None:
    """``python -m`` names a package or a module of the working directory."""
    assert numbers(project, "python", "-m", "pkg") == {104}
    assert numbers(project, "python", "-u", "-m", "other") == {106}


def test_code_in_the_command_is_read(project: Path) -> None:
    """``python -c`` has its program in the command."""
    assert numbers(project, "python", "-c", "import os; serve(4242)") == {4242}


def test_other_files_are_left_alone(project: Path) -> None:
    """A FIFO, a device, a folder and a missing file block nobody and give nothing."""
    os.mkfifo(project / "pipe")
    assert numbers(project, "cat", "pipe", "/dev/zero", ".", "missing", "server.py") == {
        101,
        102,
        105,
    }


def test_who_runs_already_gives_nothing(project: Path) -> None:
    """With an address there is no command, and so no file."""
    assert gather.of_target(TargetSpec(connect=("127.0.0.1", 7))) == EMPTY


def test_an_interpreter_is_not_read(project: Path) -> None:
    """Its constants say nothing of what it runs."""
    assert numbers(project, sys.executable, "-m", "nowhere") == set()


def test_the_choice(project: Path) -> None:
    """auto, none, or a file; a file that is none is told of."""
    target = TargetSpec(command=("python", "server.py"), cwd=str(project))
    words = project / "words.dict"
    words.write_text('"xyzzy"\n')
    assert gather.chosen("none", target) == EMPTY
    assert gather.chosen("auto", target).constants
    assert [c.value for c in gather.chosen(str(words), target).constants] == [b"xyzzy"]
    gather.require("auto")
    with pytest.raises(UsageProblem, match="cannot be read"):
        gather.require(str(project / "missing.dict"))


def test_each_value_stands_once() -> None:
    """What decides goes first, and a place where it decides beats one where it does not."""
    a, b, c = Constant(5, "1"), Constant(7, "2"), Constant(7, "3", compared=True)
    assert dictionary([a, b, c]).constants == (c, a)
