"""How to get at a target, as the user said it; addresses and ports."""

from __future__ import annotations

import shlex

from msgspec import Struct

from harness.errors import UsageProblem
from harness.text.outside import shown


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


def is_host(text: str) -> bool:
    """Whether ``text`` can be the name or the address of a host at all; no name is looked up."""
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
