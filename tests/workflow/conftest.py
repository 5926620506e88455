"""Fixtures of these tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.workflow.cli import Done, echo_harness

Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("check", ...)`` is ``echo-harness check ...``."""
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *arguments: echo_harness(monkeypatch, capsys, *arguments)
