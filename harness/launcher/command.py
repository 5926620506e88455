"""What an instance is started with: its arguments and environment, with what it is offered."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from harness.launcher.ends import LaunchError
from harness.values.address import LaunchStyle, Transport
from harness.values.target import TargetSpec

UNBUFFERED = "PYTHONUNBUFFERED"
SUPERSERVER = str(Path(__file__).with_name("superserver.py"))


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


def inherited(spec: TargetSpec) -> dict[str, str]:
    """Our environment, as far as a target is to have it."""
    ours = {UNBUFFERED: "1", **os.environ}  # so that last words are seen
    if spec.launch is LaunchStyle.INETD:
        del ours[UNBUFFERED]  # it would change what clients get, and no inetd has it
    return ours


def environment(
    spec: TargetSpec, offer: Offer, known: dict[str, str] | None = None
) -> dict[str, str]:
    """Ours, with what the user adds, and what it may choose from: ``HOST`` and ``PORT``,
    ``SOCKET_PATH``.  Who is to speak one transport is not told of another.

    ``known``: what `inherited` gives, if that was asked before.
    """
    ours = inherited(spec) if known is None else dict(known)
    candidates = spec.candidates
    if candidates != (Transport.UNIX,):
        ours |= {"HOST": spec.host, "PORT": str(offer.port)}
    if Transport.UNIX in candidates and offer.path:
        ours["SOCKET_PATH"] = offer.path
    return {**ours, **dict(spec.env)}


def handed(spec: TargetSpec, offer: Offer, program: list[str]) -> list[str]:
    """What makes the listener and starts ``program`` with it, or with its connections.

    Raises LaunchError when there is no such program.
    """
    if not os.path.exists(program[0]):
        raise LaunchError(errno.ENOENT, "argv")
    if os.path.isdir(program[0]) or not os.access(program[0], os.X_OK):
        raise LaunchError(errno.EACCES, "argv")
    transport = spec.candidates[0]
    place = offer.path if transport is Transport.UNIX else f"{spec.host}:{offer.port}"
    stderr = "kept" if spec.keep_stderr else "given"
    own = [sys.executable, "-I", "-S", SUPERSERVER, spec.launch, transport, place, stderr]
    return [*own, *program]


def resolved(argv: list[str], env: dict[str, str], cwd: str | None) -> list[str]:
    """``argv`` with its program looked up in PATH, as a shell would."""
    program = argv[0]
    if os.sep in program:
        return [str(Path(cwd or ".", program)) if cwd else program, *argv[1:]]
    return [shutil.which(program, path=env.get("PATH")) or program, *argv[1:]]
