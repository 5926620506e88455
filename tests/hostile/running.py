"""One run of the harness on a hostile target, and everything that is measured about it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.hostile import Hostile
from tests.main.running import MARK, await_that, carriers

ECHO = Path(__file__).with_name("echo.py")


class Measured(NamedTuple):
    """What a run has come to."""

    code: int
    """Exit status; negative: the signal that ended it."""
    seconds: float
    peak_mb: float
    """Of the largest process that was waited for."""
    out: str
    err: str
    report: dict[str, Any] | None
    left: list[str]
    """Processes and files that were left behind."""

    @property
    def said(self) -> str:
        """All that was printed, in one line, so that line breaks do not matter."""
        return " ".join((self.out + " " + self.err).split())


def measure(hostile: Hostile, folder: Path, *more: str, within: float = 100.0) -> Measured:
    """Run ``echo-harness check`` on it in ``folder``, to its end.

    ``more``: further options.  Raises TimeoutError, after all was ended, if that takes longer than
    ``within`` seconds.
    """
    mark = uuid.uuid4().hex
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o777)
    report = folder / "report.json"
    argv = _command_line(hostile, folder, report, mark, more)
    if hostile.prepare is not None:
        hostile.prepare(folder)
    env = {**_environment(), MARK: mark, "TMPDIR": str(temporary), **hostile.env}
    out, err = folder / "stdout", folder / "stderr"
    began = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
    try:
        code, peak = _await_end(process, within)
        seconds = time.monotonic() - began
        await_that(lambda: not _left(mark, folder), within=3.0)
        left = list(_left(mark, folder)) + [f"file {path}" for path in temporary.rglob("*")]
    finally:
        _end(process, mark, folder)
    return Measured(
        code,
        seconds,
        peak,
        _text(out, hostile.encoding),
        _text(err, hostile.encoding),
        _load(report),
        left,
    )


def _command_line(
    hostile: Hostile, folder: Path, report: Path, mark: str, more: tuple[str, ...]
) -> list[str]:
    server = folder / "server.py"
    server.write_text(ECHO.read_text() + "\n\n" + hostile.source)
    words = [*hostile.prefix, sys.executable, "-m", "harness", "check"]
    words += ["--report", f"json={report}", "--corpus", str(folder / "corpus")]
    words += [*hostile.options, *more, "--"]
    words += hostile.command or (() if hostile.name == "nothing" else ("{python}", "{server}"))
    known = {"{folder}": folder, "{server}": server, "{python}": sys.executable, "{mark}": mark}
    return [_filled(word.replace("MARK=", f"{MARK}="), known) for word in words]


def _filled(word: str, known: dict[str, Any]) -> str:
    for name, value in known.items():
        word = word.replace(name, str(value))
    return word


def _await_end(process: subprocess.Popen[bytes], within: float) -> tuple[int, float]:
    """Exit code and peak memory in MB.  Raises TimeoutError."""
    handle = os.pidfd_open(process.pid)
    ends = time.monotonic() + within
    peak = 0
    try:
        while not select.select([handle], [], [], LOOK_EVERY)[0]:
            peak = max(peak, *map(_peak_kib, _with_children(process.pid)))
            if time.monotonic() > ends:
                raise TimeoutError(f"still running after {within:.0f} s")
    finally:
        os.close(handle)
    process.wait()
    return process.returncode, peak / 1024


LOOK_EVERY = 0.05
"""Seconds.  What wait4() tells of memory begins with that of the process that started it: ours."""


def _with_children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    return [pid]


def _peak_kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


def _left(mark: str, folder: Path) -> list[str]:
    """The processes of the run: by its mark, or, without one, by the folder in their command."""
    pids = {*carriers(mark), *_of(folder)}
    return [f"process {pid}: {_command_of(pid)}" for pid in sorted(pids)]


def _of(folder: Path) -> Iterator[int]:
    server = os.fsencode(folder / "server.py")
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as file:
                if server in file.read():
                    yield int(name)


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return "ended meanwhile"


def _end(process: subprocess.Popen[bytes], mark: str, folder: Path) -> None:
    """End whatever a failed test has left, each by its process id."""
    if process.returncode is None:
        process.kill()
        process.wait()
    for pid in {*carriers(mark), *_of(folder)}:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _text(path: Path, encoding: str) -> str:
    return path.read_bytes().decode(encoding, "replace")


def _load(path: Path) -> dict[str, Any] | None:
    if not path.exists() or not os.access(path, os.R_OK) or not path.stat().st_mode & 0o400:
        return None
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


def _environment() -> dict[str, str]:
    """Ours, without what would change the output or the port."""
    changed = ("PORT", "HOST", "COLUMNS", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", MARK)
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    return {**kept, "COLUMNS": "100", "NO_COLOR": "1"}
