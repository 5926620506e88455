"""How to get at a target, as the user said it; addresses and ports."""

from __future__ import annotations

import errno
import random
import shlex
import socket
from pathlib import Path

from msgspec import Struct

from harness.errors import TargetProblem, UsageProblem
from harness.outside import shown


class TargetSpec(Struct, frozen=True):
    """How to get at the target, as the user said it."""

    command: tuple[str, ...] = ()
    """Arguments, with ``{host}`` and ``{port}`` placeholders; empty with ``connect``."""
    connect: tuple[str, int] | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    start_timeout: float = 10.0
    cwd: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    allow_remote: bool = False

    @property
    def has_placeholder(self) -> bool:
        return any("{port}" in argument for argument in self.command)

    @property
    def shown(self) -> str:
        """The command as one would type it, or the address."""
        if self.connect:
            return f"{self.connect[0]}:{self.connect[1]}"
        return shlex.join(self.command)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is an address in 127.0.0.0/8, ::1, or a name for one."""
    if host in ("localhost", "::1", "ip6-localhost"):
        return True
    host = host.removeprefix("::ffff:")
    return host.startswith("127.") and all(p.isdecimal() for p in host.split("."))


def ephemeral_ports() -> range:
    """The ports that the system gives to whoever binds to port 0."""
    try:
        words = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
        return range(int(words[0]), int(words[1]) + 1)
    except (OSError, ValueError, IndexError):
        return range(49_152, 65_536)  # the IANA's, where no system tells


def free_port(host: str, rng: random.Random) -> int:
    """A port nobody holds, below the ephemeral range, where no client's TIME_WAIT can be.

    Raises TargetProblem when ``host`` is not an address of this machine.
    """
    low, high = 10_000, 32_000
    if (low_ephemeral := ephemeral_ports().start) > 12_000:
        high = low_ephemeral - 1
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        port = rng.randint(low, high)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                raise TargetProblem(
                    f"the host {host} is not an address of this machine ({error.strerror}).",
                    "Use --host with an address the target can listen on, such as 127.0.0.1.",
                    step="launch",
                ) from error
            return port
    raise TargetProblem("no free TCP port was found on this machine.", step="launch")


def can_bind(host: str, port: int) -> bool:
    """Whether a server without SO_REUSEADDR could bind ``port`` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_host(text: str) -> bool:
    """Whether ``text`` can be the name or the address of a host at all; nobody is asked for it."""
    try:
        return bool(text.encode("idna"))  # as the socket module does, which raises for the same
    except UnicodeError:
        return False


def parse_address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[V6]:PORT``.  Raises UsageProblem."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    digits = port.isascii() and port.isdecimal() and len(port) <= 5
    if not is_host(host) or not digits or not 0 < int(port) < 65536:
        raise UsageProblem(
            f"{shown(text)} is not an address.", "Write it as HOST:PORT, such as 127.0.0.1:7007."
        )
    return host, int(port)
