"""Servers of a few lines, launched as a target is."""

from __future__ import annotations

import sys
from collections.abc import Callable

from harness.launcher.instance import Instance

ROUGH = """\
import contextlib, os, select, signal, socket, subprocess, sys, threading, time
port = int(os.environ["PORT"])

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
LISTEN = 'listener = socket.create_server(("127.0.0.1", port), backlog=128)'

Launch = Callable[..., Instance]


def rough(code: str = "serve()", *, listen: str = LISTEN) -> tuple[str, ...]:
    """The command of a server: ``listen`` makes it ready, so what must be so before is there."""
    return (sys.executable, "-S", "-c", f"{ROUGH}{listen}\n{code}")
