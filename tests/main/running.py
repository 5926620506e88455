"""Running ``python -m harness`` as its users do: as a process of its own, judged by what it leaves.

Every run has a folder of its own for reports, failing plans and temporary files, and a mark in its
environment that all its processes inherit: whoever carries the mark afterwards was left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.cli import Done, echo_harness

MARK = "ECHO_HARNESS_TEST_RUN"
CHANGED = ("PORT", "HOST", "COLUMNS", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", MARK)
"""Variables that would change the output or the port."""
PLAIN = {"COLUMNS": "100", "NO_COLOR": "1"}
SERVERS = Path(__file__).parent / "servers"
GOOD = Path(__file__).parent.parent / "good"
ENDED_WITHIN = 20.0
"""Seconds after which a process that should have ended counts as left behind, on a busy machine."""


class Ran(NamedTuple):
    """A run that has ended."""

    code: int
    out: str
    err: str
    report: dict[str, Any] | None
    left: list[str]
    """The processes of the run that were alive after it, and its temporary files."""

    @property
    def said(self) -> str:
        """All that was printed, in one line, so that line breaks do not matter."""
        return " ".join((self.out + " " + self.err).split())

    @property
    def whole(self) -> dict[str, Any]:
        """The JSON report; the exit code in it is the process's."""
        assert self.report is not None, self.said
        assert self.report["exit_code"] == self.code
        return self.report

    def ids(self, *statuses: str) -> set[str]:
        """The ids of the checks that ended so."""
        return {c["id"] for c in self.whole["checks"] if c["status"] in statuses}

    def check(self, check_id: str) -> dict[str, Any]:
        return next(c for c in self.whole["checks"] if c["id"] == check_id)


class Running:
    """A run under way, started in ``folder``."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        prefix: Sequence[str] = (),
        subcommand: str = "check",
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.temporary = folder / f"tmp-{self.mark}"
        self.temporary.mkdir(parents=True)
        self.report_path = folder / f"report-{self.mark}.json"
        argv = [*prefix, sys.executable, "-W", "error", "-m", "harness", subcommand]
        if subcommand in ("check", "fuzz"):
            argv += ["--report", f"json={self.report_path}", "--corpus", str(folder / "corpus")]
        self.process = subprocess.Popen(
            [*argv, *arguments],
            cwd=folder,
            env={**_environment(), MARK: self.mark, "TMPDIR": str(self.temporary), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *error: object) -> None:
        """End whatever a failed test has left, each by its process id."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        for pid in carriers(self.mark):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def finish(self, timeout: float = 300.0) -> Ran:
        """Wait for its end, and look what is left."""
        out, err = self.process.communicate(timeout=timeout)
        code = self.process.returncode
        if code < 0:
            # Nobody waited for the rest of a killed run.
            await_that(lambda: not carriers(self.mark))
        return _ended(Done(code, out, err), self.mark, self.temporary, self.report_path)


def _ended(done: Done, mark: str, temporary: Path, report_path: Path) -> Ran:
    """With the report, and with what is left."""
    left = [f"process {pid}: {_command(pid)}" for pid in carriers(mark)]
    left += [f"file {path}" for path in temporary.rglob("*")]
    report = json.loads(report_path.read_text()) if report_path.exists() else None
    return Ran(*done, report, left)


def run_here(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
    subcommand: str = "check",
) -> Ran:
    """The same in the test's own process, which has imported the program already: a tenth of a
    second instead of a whole one, where the promise is not about the process of a run."""
    mark = uuid.uuid4().hex
    temporary, report_path = folder / f"tmp-{mark}", folder / f"report-{mark}.json"
    temporary.mkdir()
    written: tuple[str, ...] = ()
    if subcommand in ("check", "fuzz"):
        written = ("--report", f"json={report_path}", "--corpus", str(folder / "corpus"))
    with monkeypatch.context() as patch:
        for name in CHANGED:
            patch.delenv(name, raising=False)
        for name, value in {**PLAIN, MARK: mark, "TMPDIR": str(temporary)}.items():
            patch.setenv(name, value)
        patch.setattr(tempfile, "tempdir", None)
        patch.chdir(folder)
        done = echo_harness(patch, capsys, subcommand, *written, *arguments)
        return _ended(done, mark, temporary, report_path)


def run(
    folder: Path,
    *arguments: str,
    env: dict[str, str] | None = None,
    prefix: Sequence[str] = (),
    subcommand: str = "check",
    timeout: float = 300.0,
) -> Ran:
    """``echo-harness check ARGUMENTS`` to its end."""
    with Running(folder, *arguments, env=env, prefix=prefix, subcommand=subcommand) as running:
        return running.finish(timeout)


def repeat(folder: Path, command: str) -> Ran:
    """Run a command that a report gives for repeating a check."""
    program, subcommand, *rest = shlex.split(command)
    assert (program, subcommand) == ("echo-harness", "check")
    return run(folder, *rest)


def python(script: Path | str, *arguments: str) -> list[str]:
    """What follows the options: ``-- python SCRIPT``."""
    return ["--", sys.executable, str(script), *arguments]


def await_that(condition: Callable[[], bool], within: float = ENDED_WITHIN) -> bool:
    """Whether ``condition`` came true; for what the system announces to nobody."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # looking takes some milliseconds
    return True


def carriers(mark: str) -> list[int]:
    """The processes that carry ``mark``; those that have ended carry nothing."""
    return [pid for pid, environment in _environments() if f"{MARK}={mark}".encode() in environment]


def targets(mark: str) -> list[int]:
    """Those of ``carriers`` that the harness launched, and their children."""
    return [
        pid
        for pid, environment in _environments()
        if f"{MARK}={mark}".encode() in environment and b"ECHO_HARNESS_TARGET=" in environment
    ]


def _environments() -> Iterator[tuple[int, bytes]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                yield int(name), file.read()


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return "ended meanwhile"


def _environment() -> dict[str, str]:
    """Ours, without what would change the output or the port."""
    kept = {name: value for name, value in os.environ.items() if name not in CHANGED}
    return {**kept, **PLAIN}
