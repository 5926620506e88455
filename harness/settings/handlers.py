"""A handler in Python as a command: the host that comes with the harness serves with it."""

from __future__ import annotations

import sys

from harness.hosting.naming import parse

HOST = (sys.executable, "-P", "-m", "harness.hosting")
"""The program; what it is to serve with is its one argument."""


def command_of(handler: str) -> tuple[str, ...]:
    """The command of the target that serves with ``handler``, ``MODULE:NAME``."""
    return (*HOST, handler)


def handler_in(command: tuple[str, ...]) -> str | None:
    """The handler that ``command`` serves with, if it is one of ours."""
    return command[-1] if command[:-1] == HOST else None


def wrong_with(handler: str) -> str | None:
    """What is wrong with the name of a handler; None if nothing."""
    try:
        parse(handler)
    except ValueError as error:
        return str(error)
    return None
