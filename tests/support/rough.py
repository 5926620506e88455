"""Servers of a few lines, launched as a target is."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from harness.launcher.instance import Instance

ROUGH = """\
import contextlib, os, select, signal, socket, subprocess, sys, threading, time

def echo(connection, size=1024):
    while data := connection.recv(size):
        connection.sendall(data)

def serve(handler=echo):
    while True:
        connection, _ = listener.accept()
        with contextlib.suppress(ConnectionError), connection:
            handler(connection)

"""
"""A server begins like this."""
TAKES_PORT = 'port = int(os.environ["PORT"])\n'
"""Only where it is used: who asks for its port, and listens elsewhere, is waited for."""
LISTEN = 'listener = socket.create_server(("127.0.0.1", port), backlog=128)'

Launch = Callable[..., Instance]


def rough(code: str = "serve()", *, listen: str = LISTEN) -> tuple[str, ...]:
    """The command of a server: ``listen`` makes it ready, so what must be so before is there."""
    rest = f"{listen}\n{code}"
    offered = TAKES_PORT if re.search(r"\bport\b", rest) else ""
    return (sys.executable, "-S", "-c", f"{ROUGH}{offered}{rest}")
