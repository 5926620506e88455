"""Where the host listens: ``HOST`` and ``PORT`` of the environment, as servers have it."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

from harness.hosting.loading import Unfit

BACKLOG = 128
"""Clients that wait to be accepted; the system has its own limit."""


def place() -> tuple[str, int]:
    """Host and port; port 0 is any free one.  Raises Unfit if PORT is no port."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "0"
    if not port.isascii() or not port.isdecimal() or not len(port) < 6 or int(port) > 65535:
        raise Unfit(f"PORT in the environment is {port!r}, which is no port")
    return host, int(port)


def open_socket(kind: socket.SocketKind) -> socket.socket:
    """A socket of ``kind`` that is bound, and that listens if it is for streams.

    Raises Unfit if that is not possible.
    """
    where = place()
    try:
        opened = _bound(*where, kind)
    except (OSError, UnicodeError) as error:
        raise cannot_listen(where, error) from error
    announce(opened.getsockname())
    return opened


def _bound(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    family, _, protocol, _, address = socket.getaddrinfo(
        host, port, type=kind, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        if kind is socket.SOCK_STREAM:
            # Connections of an earlier server on this port may still be in TIME-WAIT.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        if kind is socket.SOCK_STREAM:
            opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


def cannot_listen(where: tuple[str, int], error: Exception) -> Unfit:
    """What to raise where ``error`` keeps the host from its address."""
    reason = getattr(error, "strerror", None) or str(error)
    return Unfit(f"cannot listen on {shown(where)}: {reason}")


def announce(address: tuple[Any, ...]) -> None:
    """Say where clients may come.  Nobody has to read it."""
    with contextlib.suppress(OSError):
        print(f"listening on {shown(address)}", flush=True)


def shown(address: tuple[Any, ...]) -> str:
    """``127.0.0.1:7007`` or ``[::1]:7007``."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
