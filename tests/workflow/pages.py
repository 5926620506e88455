"""Runs what a page of the documentation shows.

A page is read from top to bottom in a folder of its own:

- a fence after ``<!-- file: NAME -->`` is written to that file;
- ``console``: lines that begin with ``$ `` are run, what follows them is the expected output, in
  which ``...`` stands for anything; ``<!-- exit: N -->`` before the fence is the exit code of the
  last command, otherwise it is 0;
- ``python``: run as a program;
- after ``<!-- not run: REASON -->`` a fence is not run; other fences are prose.

Times, addresses and spaces are not compared.  Port 7007 stands for a free one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"(?:<!-- (file|exit|not run): (.*?) -->\n)?```(\w*)\n(.*?)^```$", re.M | re.S)
TIME = r"(?:\d+ min )?[\d.,]+ ?(?:ms|s)\b"
PORT = "7007"


class Block(NamedTuple):
    directive: str
    argument: str
    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The fences of ``page`` in order."""
    for found in FENCE.finditer(page):
        yield Block(*(part or "" for part in found.groups()))


def run_page(page: Path, folder: Path) -> int:
    """Do what ``page`` says; how many commands and programs were run.

    Raises AssertionError that shows the command and how its output differs.
    """
    text = page.read_text(encoding="utf-8").replace(PORT, str(_free_port()))
    ran = 0
    for block in blocks(text):
        if block.directive == "not run":
            continue
        if block.directive == "file":
            path = folder / block.argument
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            ran += _console(block, folder)
        elif block.language == "python":
            done = _run(f"{sys.executable} -", folder, stdin=block.text)
            assert done.returncode == 0, f"{block.text}\n---\n{done.stdout}"
            ran += 1
    return ran


def _console(block: Block, folder: Path) -> int:
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.M)[1:]
    commands = list(zip(parts[::2], parts[1::2], strict=True))
    for number, (command, expected) in enumerate(commands, 1):
        done = _run(command, folder)
        last = number == len(commands)
        code = int(block.argument) if block.directive == "exit" and last else 0
        shown = f"$ {command}\n{done.stdout}"
        assert done.returncode == code, f"{shown}--- exit code {done.returncode}, not {code}"
        pattern = _pattern(expected)
        assert re.fullmatch(pattern, _plain(done.stdout)), f"{shown}--- is not like\n{expected}"
    return len(commands)


def _run(command: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name[:4] != "ECHO"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment.update(COLUMNS="100", NO_COLOR="1")
    environment.pop("FORCE_COLOR", None)
    return subprocess.run(
        [shutil.which("bash") or "sh", "-c", command],
        cwd=folder,
        env=environment,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _pattern(expected: str) -> str:
    """What output must match to be like ``expected``."""
    pattern = re.escape(_plain(expected))
    pattern = re.sub(r"(?:\d+\\ min\\ )?[\d.,\\]+(?:\\ )?(?:ms|s)(?!\w)", lambda _: TIME, pattern)
    pattern = re.sub(r"127\\\.0\\\.0\\\.1:\d+", r"127\\.0\\.0\\.1:\\d+", pattern)
    pattern = re.sub(r"\d+\\ fuzz\\ session(s?)", r"[\\d,]+ fuzz sessions?", pattern)
    return pattern.replace(r"\ \.\.\.\ ", r"\ (?:.*\ )?").replace(r"\.\.\.", ".*")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        # Below the ephemeral range, where no client's TIME_WAIT can be.
        return 10_000 + port % 20_000
