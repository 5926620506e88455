"""What an instance is started with: its arguments and environment, with what it is offered."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from harness.values.address import Transport
from harness.values.target import TargetSpec


class Offer(NamedTuple):
    """Where an instance may listen."""

    port: int
    path: str = ""
    """For a Unix socket; empty where there is no room for one."""


def arguments(spec: TargetSpec, offer: Offer) -> list[str]:
    """The command line, with ``{host}``, ``{port}`` and ``{path}`` filled in."""
    values = {"{host}": spec.host, "{port}": str(offer.port), "{path}": offer.path}
    return [_filled(argument, values) for argument in spec.command]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def environment(spec: TargetSpec, offer: Offer) -> dict[str, str]:
    """Ours, with what the user adds, and what it may choose from: ``HOST`` and ``PORT``,
    ``SOCKET_PATH``.  Who is to speak one transport is not told of another."""
    candidates = spec.candidates
    given: dict[str, str] = {}
    if candidates != (Transport.UNIX,):
        given |= {"HOST": spec.host, "PORT": str(offer.port)}
    if Transport.UNIX in candidates and offer.path:
        given["SOCKET_PATH"] = offer.path
    return {"PYTHONUNBUFFERED": "1", **os.environ, **given, **dict(spec.env)}


def resolved(argv: list[str], env: dict[str, str], cwd: str | None) -> list[str]:
    """``argv`` with its program looked up in PATH, as a shell would."""
    program = argv[0]
    if os.sep in program:
        return [str(Path(cwd or ".", program)) if cwd else program, *argv[1:]]
    return [shutil.which(program, path=env.get("PATH")) or program, *argv[1:]]
