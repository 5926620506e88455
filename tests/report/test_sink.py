"""Reporters that fail, and files that are written whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from harness.host.written import write_whole
from harness.report import ReportSpec
from harness.report.files import FileReporter
from harness.report.sink import Dispatcher
from harness.values.events import Event, Notice, RunFinished, RunStarted
from tests.report.samples import SAMPLES

REPORT = SAMPLES["conforming"]
TOLD = "echo-harness: the {} is given up: {}\n"
EXIT = 42
STARTED = RunStarted("python server.py", 0, 1, "0.1.0")


class Recorder:
    """Keeps what it is given; fails at the ``fails_at``-th event."""

    def __init__(self, fails_at: int = 0, error: Exception | None = None) -> None:
        self.seen: list[Event] = []
        self.closed = 0
        self._fails_at = fails_at
        self._error = error or RuntimeError("a bug\nwith a second line")

    def __str__(self) -> str:
        return "the recorder"

    def handle(self, event: Event) -> None:
        self.seen.append(event)
        if len(self.seen) == self._fails_at:
            raise self._error

    def close(self) -> None:
        self.closed += 1


def test_every_reporter_gets_every_event() -> None:
    """In order, and each is closed once."""
    first, second = Recorder(), Recorder()
    dispatcher = Dispatcher([first, second])
    events: list[Event] = [STARTED, Notice("a"), RunFinished(REPORT)]
    for event in events:
        dispatcher.handle(event)
    dispatcher.close()
    assert first.seen == second.seen == events
    assert first.closed == second.closed == 1


def test_a_reporter_that_fails_is_told_once_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line on stderr, even for an error of several lines."""
    broken, sound = Recorder(fails_at=1), Recorder()
    dispatcher = Dispatcher([broken, sound])
    for _ in range(3):
        dispatcher.handle(Notice("x"))
    dispatcher.close()
    assert len(broken.seen) == 1 and broken.closed == 1
    assert len(sound.seen) == 3
    message = capsys.readouterr().err
    assert message == "echo-harness: the recorder is given up: RuntimeError: a bug\n"
    assert dispatcher.failed == [message.rstrip()]


def test_an_interruption_is_not_swallowed() -> None:
    """Ctrl-C while a reporter writes still ends the run."""

    class Interrupted(Recorder):
        def handle(self, event: Event) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Dispatcher([Interrupted()]).handle(Notice("x"))


def test_a_report_is_written_when_the_run_ends(tmp_path: Path) -> None:
    """Not before; a missing folder is made; no temporary file stays."""
    path = tmp_path / "new" / "folder" / "run.json"
    reporter = FileReporter(ReportSpec("json", str(path)))
    reporter.handle(STARTED)
    assert not path.exists()
    reporter.handle(RunFinished(REPORT))
    assert path.read_text().startswith("{")
    assert os.listdir(path.parent) == ["run.json"]


def test_a_place_that_cannot_be_written_to_is_known_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for a run whose report then has nowhere to go."""
    (tmp_path / "file").write_text("")
    spec = ReportSpec("json", str(tmp_path / "file" / "run.json"))
    Dispatcher([FileReporter(spec)]).handle(STARTED)
    message = capsys.readouterr().err
    assert message.startswith(f"echo-harness: the report {spec} is given up: ")
    assert message.count("\n") == 1


def test_a_folder_in_place_of_the_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason that the system would give."""
    Dispatcher([FileReporter(ReportSpec("json", str(tmp_path)))]).handle(STARTED)
    assert capsys.readouterr().err.endswith("Is a directory\n")


def test_an_older_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    """A link stays a link, to the new content."""
    path, link = tmp_path / "old", tmp_path / "link"
    path.write_text("old and much longer")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_failure_to_write_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs the new report, not the old one, and leaves no litter."""
    path = tmp_path / "run.json"
    path.write_text("old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_what_is_no_regular_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    """/dev/null stays a device."""
    write_whole(Path(os.devnull), b"text")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_leaves_the_exit_status() -> None:
    """Neither the reporters nor the interpreter's last flush change it."""
    with Path("/dev/full").open("w") as full:
        done = _run_with_stdout(full)
    assert done.returncode == EXIT
    full_disk = "No space left on device"
    assert done.stderr == (
        TOLD.format("terminal output", full_disk) + TOLD.format("report json=-", full_disk)
    )


def test_a_reader_that_leaves_does_not_change_the_exit_status() -> None:
    """``echo-harness check | head -1``: told in a line each, and the verdict stands."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = _run_with_stdout(pipe)
    assert done.returncode == EXIT
    told = TOLD.format("terminal output", "Broken pipe")
    assert done.stderr == told + TOLD.format("report json=-", "Broken pipe")


def _run_with_stdout(stdout: TextIO) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own that writes to ``stdout`` and means to exit with ``EXIT``.

    The second reporter has a stream of its own, so that it meets the same fault.
    """
    program = (
        "import os, sys\n"
        "from harness.report import ReportSpec\n"
        "from harness.report.files import FileReporter\n"
        "from harness.report.sink import Dispatcher\n"
        "from harness.report.terminal import TerminalReporter\n"
        "from tests.report.samples import SAMPLES, events\n"
        "other = os.fdopen(os.dup(1), 'w')\n"
        "second = FileReporter(ReportSpec('json', '-'), other)\n"
        "dispatcher = Dispatcher([TerminalReporter(sys.stdout), second])\n"
        "for event in events(SAMPLES['died']): dispatcher.handle(event)\n"
        "dispatcher.close()\n"
        f"sys.exit({EXIT})\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
