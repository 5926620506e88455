"""A handler in Python as a command: the host that comes with the harness serves with it."""

from __future__ import annotations

import sys

from harness.hosting.naming import parse
from harness.values.address import Transport
from harness.values.target import HOSTING

HOST = (sys.executable, "-P", "-m", HOSTING)
"""The program; what it is to serve with is its last argument."""
UNIX = "--unix"


def command_of(handler: str, transport: Transport | None = None) -> tuple[str, ...]:
    """The command of the target that serves with ``handler``, ``MODULE:NAME``."""
    return (*HOST, *([UNIX] if transport is Transport.UNIX else []), handler)


def handler_in(command: tuple[str, ...]) -> str | None:
    """The handler that ``command`` serves with, if it is one of ours."""
    return command[-1] if command[:-1] in (HOST, (*HOST, UNIX)) else None


def wrong_with(handler: str) -> str | None:
    """What is wrong with the name of a handler; None if nothing."""
    try:
        parse(handler)
    except ValueError as error:
        return str(error)
    return None
