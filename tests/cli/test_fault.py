"""What nobody foresaw is told as a fault of the harness, and never as one of the target."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import harness.__main__ as program
import harness.cli
from harness.host import streams
from harness.host.interruption import interruption


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What belongs to a whole process is left alone."""
    monkeypatch.setattr(interruption, "listen", lambda: None)
    monkeypatch.setattr(streams, "secure", lambda: None)
    monkeypatch.setattr(program.gc, "set_threshold", lambda *_: None)
    was = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, was)


@pytest.mark.usefixtures("untouched")
def test_an_unforeseen_exception_is_one_line_and_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A traceback with 1, as Python does it, would be read as a server that does not conform."""

    def fails() -> None:
        raise ValueError("an \x1b[31modd\nthing")

    monkeypatch.setattr(harness.cli, "main", fails)
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 70
    line, end = capsys.readouterr().err.split("\n")
    assert line.startswith("echo-harness: ValueError: an \\x1b[31modd thing (")
    assert "__main__.py:" in line
    assert line.endswith("This is a fault of echo-harness; please report it with the command.")
    assert end == ""
