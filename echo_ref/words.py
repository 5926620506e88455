"""What server and client say: lines on stdout, addresses and errors in words."""

from __future__ import annotations

import contextlib
import os
import sys

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from typing import Any


def say(line: str) -> None:
    """Print `line` on stdout now. If nobody reads it any more, the server goes on without."""
    try:
        print(line, flush=True)
    except OSError:
        discard_stdout()


def discard_stdout() -> None:
    """From now on what is printed goes nowhere. Else Python tries once more, and fails, at exit."""
    with contextlib.suppress(OSError):
        discard(sys.stdout.fileno())


def discard(descriptor: int) -> None:
    """From now on what is written to `descriptor` goes nowhere. Raises `OSError`."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def format_address(address: Any) -> str:
    """`address`, as the socket module has it, in words.

    127.0.0.1:7007, [::1]:7007, unix:/run/echo or, for a name without a file, unix:@echo. The client
    of a Unix socket has no name, as a rule: "a local client".
    """
    if not isinstance(address, tuple):
        name = os.fsdecode(address or b"")
        if name.startswith("\0"):
            name = "@" + name[1:]
        return f"unix:{name}" if name else "a local client"
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reason(error: Exception) -> str:
    """What went wrong, without the number: "Connection reset by peer"."""
    return getattr(error, "strerror", None) or str(error)
