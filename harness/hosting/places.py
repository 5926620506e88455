"""Where the host listens: what servers have in their environment, ``HOST`` and ``PORT``, or
``SOCKET_PATH``."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from typing import Any, NamedTuple

from harness.hosting.loading import Unfit

BACKLOG = 128
"""Clients that wait to be accepted; the system has its own limit."""


class Ip(NamedTuple):
    """Host and port; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def from_environment(cls) -> Ip:
        """Raises Unfit if PORT is no port."""
        host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "0"
        if not port.isascii() or not port.isdecimal() or not len(port) < 6 or int(port) > 65535:
            raise Unfit(f"PORT in the environment is {port!r}, which is no port")
        return cls(host, int(port))

    def __str__(self) -> str:
        """``127.0.0.1:7007`` or ``[::1]:7007``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Unix(NamedTuple):
    """The path of a Unix socket; with a first ``@`` it is an abstract name."""

    path: str

    @classmethod
    def from_environment(cls) -> Unix:
        """Raises Unfit if SOCKET_PATH is not there."""
        if path := os.environ.get("SOCKET_PATH"):
            return cls(path)
        raise Unfit("SOCKET_PATH in the environment is to say where the Unix socket is made")

    def __str__(self) -> str:
        return f"unix:{self.path}"

    @property
    def name(self) -> str:
        """As bind(2) takes it."""
        return f"\0{self.path[1:]}" if self.path.startswith("@") else self.path

    def clear(self) -> None:
        """Remove the socket that an earlier server has left; no other file."""
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.lstat(self.path).st_mode):
                os.unlink(self.path)


Place = Ip | Unix


def open_socket(place: Place, kind: socket.SocketKind) -> socket.socket:
    """A socket of ``kind`` that is bound, and that listens if it is for streams.

    Raises Unfit if that is not possible.
    """
    if isinstance(place, Unix) and kind is not socket.SOCK_STREAM:
        raise Unfit("it takes datagrams, and those are tested over UDP only, not over Unix sockets")
    try:
        opened = _unix(place) if isinstance(place, Unix) else _bound(*place, kind)
    except (OSError, UnicodeError) as error:
        raise cannot_listen(place, error) from error
    announce(opened.getsockname() if isinstance(place, Ip) else place)
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


def _unix(place: Unix) -> socket.socket:
    place.clear()
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.bind(place.name)
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


def cannot_listen(place: Place, error: Exception) -> Unfit:
    """What to raise where ``error`` keeps the host from its address."""
    reason = getattr(error, "strerror", None) or str(error)
    return Unfit(f"cannot listen on {place}: {reason}")


def announce(address: Place | tuple[Any, ...]) -> None:
    """Say where clients may come.  Nobody has to read it."""
    with contextlib.suppress(OSError):
        told = address if isinstance(address, Unix) else Ip(*address[:2])
        print(f"listening on {told}", flush=True)
