"""What may stand where the target's command should."""

import os
from pathlib import Path

from tests.hostile import SHORT, UNTESTABLE, USAGE, Hostile


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "fifo")


def _huge(folder: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room


def _file(name: str, text: bytes, mode: int = 0o755):  # type: ignore[no-untyped-def]
    def write(folder: Path) -> None:
        (folder / name).write_bytes(text)
        (folder / name).chmod(mode)

    return write


def _command(name: str, why: str, *words: str, **more: object) -> Hostile:
    given: dict[str, object] = {"codes": frozenset({UNTESTABLE}), "options": SHORT, **more}
    return Hostile(name, why, command=words, **given)  # type: ignore[arg-type]


SERVER = ("{python}", "{server}")
COMMANDS = (
    _command("no-such-program", "A program that is not there.", "no-such-program-here"),
    _command("a-folder", "A folder.", "{folder}"),
    _command(
        "not-executable",
        "A file without the right to be executed.",
        "{folder}/plain",
        prepare=_file("plain", b"#!/bin/sh\n", 0o644),
    ),
    _command(
        "empty-program", "An empty file.", "{folder}/empty", prepare=_file("empty", b"", 0o755)
    ),
    _command(
        "missing-interpreter",
        "A script whose interpreter is not there.",
        "{folder}/script",
        prepare=_file("script", b"#!/no/such/interpreter\n"),
    ),
    _command(
        "one-word",
        "A command line in one word, as for a shell.",
        "{python} {server}",
        codes=frozenset({USAGE, UNTESTABLE}),
        says=("shell",),
        report=False,
    ),
    _command("empty-word", "An empty word.", "", codes=frozenset({USAGE}), report=False),
    _command("nothing", "Nothing at all after `--`.", codes=frozenset({USAGE}), report=False),
    _command(
        "kernel-log",
        "An argument that is a device which never ends.",
        *SERVER,
        "/proc/kmsg",
        "/dev/zero",
        codes=frozenset({0}),
    ),
    _command(
        "kernel-log-of-one-that-cannot-bind",
        "The same where the harness looks for the reason of `address in use`.",
        "{python}",
        "{server}",
        "/proc/kmsg",
        "/dev/zero",
        "/dev/stdin",
        source="raise OSError(98, 'Address already in use')\n",
        wide=True,
    ),
    _command(
        "pipe-among-arguments",
        "An argument that is a FIFO without a writer.",
        *SERVER,
        "{folder}/fifo",
        source="raise OSError(98, 'Address already in use')\n",
        wide=True,
        prepare=_fifo,
    ),
    _command(
        "huge-file-among-arguments",
        "An argument that is a file of a terabyte.",
        *SERVER,
        "{folder}/huge",
        source="raise OSError(98, 'Address already in use')\n",
        wide=True,
        prepare=_huge,
    ),
    _command(
        "a-hundred-thousand-letters",
        "A very long argument.",
        *SERVER,
        "w" * 100_000,
        codes=frozenset({0}),
    ),
    _command(
        "commands-among-arguments",
        "Arguments that terminals and CI systems take for commands.",
        *SERVER,
        "::error::mine",
        "\x1b[2J",
        "a\nb",
        "##[error]",
        "\u202e",
        codes=frozenset({0}),
        env={"GITHUB_ACTIONS": "true"},
    ),
    _command(
        "not-text-among-arguments",
        "An argument that is no UTF-8.",
        *SERVER,
        "\udcff\udc80",
        codes=frozenset({0}),
    ),
)
