"""Which of several ports of a target is the one to test."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.launcher.clues import clues_of
from harness.launcher.ports import Clues, choose, listed
from harness.values.target import TargetSpec

OFFERED = 12_345


def arguments(*words: str) -> Clues:
    return Clues(arguments=words)


def source(text: str) -> Clues:
    return Clues(source=text)


@pytest.mark.parametrize(
    ("ports", "clues", "chosen"),
    [
        ([], Clues(), None),
        ([7001], Clues(), 7001),
        ([7001, 7001], Clues(), 7001),
        ([7001, OFFERED], Clues(), OFFERED),
        ([7001, OFFERED], arguments("server", "7001"), OFFERED),
        ([7001, 7002], Clues(), None),
        ([7001, 7002], arguments("server", "7002"), 7002),
        ([7001, 7002], arguments("server", "--port=7002"), 7002),
        ([7001, 7002], arguments("server", "-l", "127.0.0.1:7002"), 7002),
        ([7001, 7002], arguments("server", "--port", "7002", "--health", "7001"), 7002),
        ([7001, 7002], arguments("server", "--metrics-port", "7001"), 7002),
        ([7001, 7002], arguments("server", "7001", "7002"), None),
        ([7001, 7002], arguments("server", "17002", "7002.5"), None),
        ([7001, 7002], arguments("python", "-c", "health = 7001\nport = 7002"), 7002),
        ([7001, 7002], source("PORT = 7002\n"), 7002),
        ([7001, 7002], source("HEALTH_PORT = 7001\nPORT = 7002\n"), 7002),
        ([7001, 7002], source("PORT = 7001\nOTHER = 7002\n"), None),
        ([9229, 7002], source("server.listen(7002);"), 7002),
        ([7001, 7002, 7003], source("HEALTH_PORT = 7001\n"), None),
        (list(range(7000, 9000)), source("for port in range(7000, 9000):"), None),
        (list(range(7000, 9000)), arguments("server", "--port", "7500"), 7500),
        (list(range(7000, 9000)), arguments("server", "--health", "7500"), None),
    ],
)
def test_the_port_to_test(ports: list[int], clues: Clues, chosen: int | None) -> None:
    """The offered one; the only one; the one that is named, if it is one; or it is not clear."""
    assert choose(ports, OFFERED, clues) == chosen


@pytest.mark.parametrize(
    "text",
    [
        'os.environ["PORT"]',
        "os.environ.get('PORT', '7')",
        'os.getenv("PORT")',
        'getenv("PORT")',
        "process.env.PORT || 7",
        "const { PORT } = process.env;",
        'std::env::var("PORT")',
        "ENV.fetch('PORT', 7)",
        "ENV['PORT']",
        "$ENV{PORT}",
        'System.getenv("PORT")',
        'os.Getenv("PORT")',
        "nc -l ${PORT:-7}",
        "nc -l $PORT",
        "$::env(PORT)",
    ],
)
def test_who_takes_its_port_from_the_environment(text: str) -> None:
    """In the languages in which servers are written."""
    assert source(f"first line\n{text}\n").reads_port is True


@pytest.mark.parametrize(
    "text", ['HOST, PORT = "127.0.0.1", 65432', "# the environment: any\nEXPORT = 1", "import os"]
)
def test_who_does_not(text: str) -> None:
    """A constant of that name is the textbook's, and nobody is kept waiting for it."""
    assert source(text).reads_port is False


def test_what_a_program_shows() -> None:
    """It has the name among its strings, or not at all, or nobody knows."""
    assert Clues(program=b"\x7fELF..\0HOST\0PORT\0").reads_port is True
    assert Clues(program=b"\x7fELF..SUPPORT\0").reads_port is None
    assert Clues(program=b"\x7fELF..support\0").reads_port is False
    assert Clues().reads_port is None


def test_a_list_of_ports_is_short() -> None:
    """A target may have thousands."""
    assert listed([7001]) == "7001"
    assert listed([7001, 7002, 7001]) == "7001 and 7002"
    assert listed([1, 2, 3]) == "1, 2 and 3"
    assert listed(range(1, 2001)) == "1, 2, 3, 4, 5, 6, 7, 8 and 1992 others"


def test_the_files_of_a_command(tmp_path: Path) -> None:
    """Read where the target runs; what is no ordinary file, or none at all, is left alone."""
    (tmp_path / "server.py").write_text("PORT = 7002\n")
    words = ("python", "server.py", "/proc/kmsg", "/dev/zero", ".", "no\0file", "x" * 5000)
    clues = clues_of(TargetSpec(command=words, cwd=str(tmp_path)))
    assert clues.source == "PORT = 7002\n"
    assert clues.arguments == words


def test_code_on_the_command_line_is_source() -> None:
    """``-c`` and its like."""
    command = ("python", "-c", "import os; print(os.environ['PORT'])")
    assert clues_of(TargetSpec(command=command)).reads_port is True


def test_an_interpreter_says_nothing_of_a_module() -> None:
    """Its own strings are not those of what it runs."""
    assert clues_of(TargetSpec(command=("python3", "-m", "server"))).reads_port is None
