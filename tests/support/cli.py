"""Running the command line inside the test's process: quick, and with its exit code."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from harness.cli import main


class Done(NamedTuple):
    code: int
    out: str
    err: str


def echo_harness(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> Done:
    """``echo-harness ARGUMENTS``."""
    monkeypatch.setattr(sys, "argv", ["echo-harness", *arguments])
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    return Done(code, *capsys.readouterr())
