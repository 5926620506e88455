"""What a run has found out about its target."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.running.casebook import language_of_target
from harness.values.target import TargetSpec


@pytest.mark.parametrize(
    ("name", "first", "language"),
    [
        ("echo", "#!/usr/bin/env python3\n", "python"),
        ("echo", "#!/usr/bin/perl -w\n", "perl"),
        ("echo", "nothing\n", None),
        ("echo.rb", "nothing\n", "ruby"),
    ],
)
def test_the_first_line_of_a_script_tells_its_language(
    name: str, first: str, language: str | None, tmp_path: Path
) -> None:
    """Where its name does not."""
    (tmp_path / name).write_text(first)
    assert language_of_target(TargetSpec(command=(f"./{name}",), cwd=str(tmp_path))) == language


def test_a_program_of_the_system_tells_nothing_of_what_it_runs() -> None:
    """Such as ``env``, which is written in C, whatever it runs."""
    env = shutil.which("env")
    assert env is not None
    assert language_of_target(TargetSpec(command=(env, "./server"))) is None
    assert language_of_target(TargetSpec(command=())) is None
