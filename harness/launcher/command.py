"""What an instance is started with: its arguments and environment, with the port it is offered."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from harness.values.target import TargetSpec


def arguments(spec: TargetSpec, offered: int) -> list[str]:
    """The command line, with ``{host}`` and ``{port}`` filled in."""
    return [a.replace("{host}", spec.host).replace("{port}", str(offered)) for a in spec.command]


def environment(spec: TargetSpec, offered: int) -> dict[str, str]:
    """Ours, with what the user adds, and ``HOST`` and ``PORT``."""
    added = dict(spec.env)
    given = {"HOST": spec.host, "PORT": str(offered)}
    return {"PYTHONUNBUFFERED": "1", **os.environ, **given, **added}


def resolved(argv: list[str], env: dict[str, str], cwd: str | None) -> list[str]:
    """``argv`` with its program looked up in PATH, as a shell would."""
    program = argv[0]
    if os.sep in program:
        return [str(Path(cwd or ".", program)) if cwd else program, *argv[1:]]
    return [shutil.which(program, path=env.get("PATH")) or program, *argv[1:]]
