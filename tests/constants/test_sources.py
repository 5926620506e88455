"""The source files of a target are found, wherever its command has them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from harness.constants.sources import sources_of
from harness.values.target import TargetSpec


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with servers of several languages, and a program that is no text."""
    for name in (
        "server.py",
        "echo.c",
        "main.go",
        "Echo.java",
        "classes/Other.java",
        "rusty/src/main.rs",
        "pack/__main__.py",
        "web/index.js",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}\n")
    (tmp_path / "server.py").write_text("import helper\n")
    (tmp_path / "helper.py").write_text("SIZE = 4242\n")
    for name in ("echo", "rusty/target/debug/echo"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\x7fELF\0\0")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["python", "server.py"], ["server.py", "helper.py"]),
        (["sh", "-c", "exec python server.py"], ["server.py", "helper.py"]),
        (["./echo", "7007"], ["echo.c"]),
        (["rusty/target/debug/echo"], ["main.rs"]),
        (["java", "-cp", "classes", "Other"], ["Other.java"]),
        (["java", "-cp", ".", "Echo", "7007"], ["Echo.java"]),
        (["python", "-m", "pack"], ["__main__.py"]),
        (["node", "web"], ["index.js"]),
        (["go", "run", "."], ["main.go"]),
        (["echo"], []),
        (["python", "nowhere.py"], []),
        (["sh", "-c", "echo 'no end"], []),
    ],
)
def test_the_files_of_a_command(project: Path, command: list[str], found: list[str]) -> None:
    """Those that it names, imports, compiles or was compiled from; a file that is not there, or
    a program that lies elsewhere, gives none."""
    target = TargetSpec(command=tuple(command), cwd=str(project))
    assert [source.path.name for source in sources_of(target)] == found


@pytest.mark.parametrize("word", ["x" * 5000, "import socket\n" * 400, "a\0b", "/" * 300])
def test_words_that_are_no_names_of_files(project: Path, word: str) -> None:
    """The system refuses to look for some of them; they name no file."""
    for command in (("python", "-c", word), (word, "server.py"), ("go", "run", word)):
        names = [s.path.name for s in sources_of(TargetSpec(command=command, cwd=str(project)))]
        assert set(names) <= {"server.py", "helper.py"}


def test_what_the_system_has_is_not_searched() -> None:
    """A program without a folder in its name is the system's: nothing beside it is its source."""
    assert shutil.which("sh")
    assert list(sources_of(TargetSpec(command=("sh",)))) == []
    assert list(sources_of(TargetSpec(command=(sys.executable, "-c", "print(1)")))) == []
