"""Standard streams that are closed, full, without a reader, or in an odd encoding."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.report import render
from tests.main.running import Running, await_that, carriers, python
from tests.report.samples import SAMPLES

HARNESS = [sys.executable, "-W", "error", "-m", "harness"]
ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
NOT_LISTENING = ("check", "--", "true")
"""The shortest run that has a verdict of its own: 3."""
PRINTING = (
    "list",
    "explain chunking/prompt",
    "--help",
    "config",
    "replay --script - case.json",
    "--version",
    "report run.json",
    "completion zsh",
    "report run.json junit=-",
)
CASE = {
    "tool": "echo-harness",
    "schema_version": 1,
    "profile": "sequential",
    "seed": 0,
    "findings": [],
    "rate": {"failed": 1, "of": 1},
    "plan": {"scripts": [{"steps": [{"type": "connect"}]}]},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a saved run and a case."""
    (tmp_path / "run.json").write_text(render("json", SAMPLES["mixed"]))
    (tmp_path / "case.json").write_text(json.dumps(CASE))
    (tmp_path / "two.toml").write_text(
        "[targets.a]\ncommand = 'true'\n[targets.b]\ncommand = 'true'\n"
    )
    return tmp_path


def shell(
    folder: Path,
    arguments: str,
    redirection: str = "",
    *,
    stdout: int = subprocess.PIPE,
    **env: str,
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``echo-harness ARGUMENTS REDIRECTION``."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {arguments} {redirection}', "sh", *HARNESS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=100,
    )
    return done.returncode, (done.stdout or b"").decode("utf-8", "replace"), done.stderr.decode()


# --- commands that print ------------------------------------------------------------------------


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", PRINTING)
def test_a_full_disk_is_one_line(folder: Path, arguments: str) -> None:
    """What should be printed is lost, and that is no success."""
    code, _, err = shell(folder, arguments, ">/dev/full")
    assert code == (1 if arguments.startswith("report") else 2)
    assert err.startswith("echo-harness: ")
    assert "No space left on device" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", PRINTING[::2])
def test_a_reader_that_leaves_is_no_failure(folder: Path, arguments: str) -> None:
    """``| head -1`` has seen what it wanted."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert shell(folder, arguments, stdout=writer) == (0, "", "")
    finally:
        os.close(writer)


@pytest.mark.parametrize("arguments", ["list", "report run.json"])
def test_a_closed_stdout_is_one_line(folder: Path, arguments: str) -> None:
    """As a full disk."""
    code, _, err = shell(folder, arguments, ">&-")
    assert code == (1 if arguments.startswith("report") else 2)
    assert "Bad file descriptor" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize("arguments", ["check --no-such-option", "config --file none.toml"])
def test_stderr_decides_no_exit_code(folder: Path, arguments: str, redirection: str) -> None:
    """A usage error is 2, though nobody can be told."""
    code, out, _ = shell(folder, arguments, redirection)
    assert (code, out) == (2, "")


@pytest.mark.parametrize("encoding", ["ascii", "utf-16", "cp037", "idna"])
def test_any_encoding_will_do(folder: Path, encoding: str) -> None:
    """What it cannot say is replaced; one that is no use for text is not used."""
    code, out, err = shell(folder, "report run.json -v", PYTHONIOENCODING=encoding)
    assert (code, err) == (0, "")
    assert len(out) > 1000


def test_what_the_environment_claims_is_bounded(folder: Path) -> None:
    """Of 300 million columns some hundred are used."""
    claims = {"COLUMNS": "3" * 9, "LINES": "9" * 5000, "TERM": "weird", "FORCE_COLOR": "1"}
    for arguments in ("report run.json", "--help"):
        code, out, err = shell(folder, arguments, LANG="tr_TR", **claims)
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) < 1000


# --- commands that judge ------------------------------------------------------------------------


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "0<&- >&- 2>&-"])
def test_the_verdict_needs_no_terminal(folder: Path, redirection: str) -> None:
    """The exit code is the verdict's, and the reports are written."""
    arguments = f"check --report json=out.json {' '.join(NOT_LISTENING[1:])}"
    code, _, err = shell(folder, arguments, redirection)
    assert code == 3
    assert json.loads((folder / "out.json").read_text())["exit_code"] == 3
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", ["compare two.toml >/dev/full", "check --all >&-"])
def test_the_worst_of_many_verdicts_needs_no_terminal(folder: Path, arguments: str) -> None:
    """All are judged, and what could not be printed is told."""
    (folder / "echo-harness.toml").write_text((folder / "two.toml").read_text())
    code, _, err = shell(folder, arguments)
    assert code == 3
    assert "the terminal output is given up: " in err
    assert "Traceback" not in err


def test_no_socket_takes_the_place_of_a_closed_stream(folder: Path) -> None:
    """What is printed or written by the target would go into it."""
    arguments = "check --only identity/hello --fuzz 0 --report json=out.json"
    code, _, _ = shell(folder, arguments, "0<&- >&- 2>&-")
    assert code == 0
    assert json.loads((folder / "out.json").read_text())["verdict"] == "conforming"


FILLED = """
import os, sys
os.set_blocking(1, False)
try:
    while True: os.write(1, b"x" * 512)
except BlockingIOError:
    os.set_blocking(1, True)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_terminal_that_nobody_reads_can_be_interrupted(
    start: Callable[..., Running], number: int
) -> None:
    """``echo-harness check | sleep 1000`` ends at Ctrl-C, with a report and nothing left behind."""
    running = start(
        *("--only", "identity/hello", "--fuzz", "0"),
        *python("-m", "echo_ref"),
        prefix=[sys.executable, "-c", FILLED],
        env={"PYTHONPATH": str(ROOT)},
    )
    pid = running.process.pid
    if not Path(f"/proc/{pid}/syscall").exists():
        pytest.skip("the system does not say in which call a process waits")
    assert await_that(lambda: writes_to_stdout(pid), within=60)
    running.process.send_signal(number)
    running.process.wait(60)  # nobody reads meanwhile
    assert not carriers(running.mark)
    ran = running.finish()
    assert ran.code == 130
    assert ran.whole["interrupted"]
    assert (ran.err, ran.left) == ("", [])


def writes_to_stdout(pid: int) -> bool:
    """Whether the process waits in select(2) for descriptor 1: its first argument is one more."""
    try:
        return Path(f"/proc/{pid}/syscall").read_text().split()[1:2] == ["0x2"]
    except OSError:
        return False
