"""How to get at a target, as the user said it."""

from __future__ import annotations

import shlex

from msgspec import Struct

# What was said is mostly an address, so what concerns those can be imported from here as well.
from harness.values.address import Address, LaunchStyle, Transport
from harness.values.address import is_host as is_host
from harness.values.address import is_loopback as is_loopback
from harness.values.address import parse_address as parse_address

HOSTING = "harness.hosting"
"""The module of the program that serves with a handler."""


class TargetSpec(Struct, frozen=True):
    """How to get at the target, as the user said it."""

    command: tuple[str, ...] = ()
    """Arguments, with ``{host}``, ``{port}`` and ``{path}`` placeholders; empty with
    ``connect``."""
    connect: Address | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    start_timeout: float = 10.0
    cwd: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    allow_remote: bool = False
    transport: Transport | None = None
    """None: it is found out."""
    launch: LaunchStyle = LaunchStyle.LISTEN
    keep_stderr: bool = False
    """With inetd: the standard error of each process stays with the harness, and is not the
    connection."""

    @property
    def has_placeholder(self) -> bool:
        """Whether it is told its port by its command line."""
        return any("{port}" in argument for argument in self.command)

    @property
    def has_path(self) -> bool:
        """Whether it is told the path of a Unix socket by its command line."""
        return any("{path}" in argument for argument in self.command)

    @property
    def is_given(self) -> bool:
        """Whether the harness makes its listener, or its connections, and hands them over."""
        return self.launch is not LaunchStyle.LISTEN

    @property
    def starts_each(self) -> bool:
        """Whether a program is started for each connection, by us: so all are served at once, and
        none of them soon."""
        return self.launch is LaunchStyle.INETD

    @property
    def is_hosted(self) -> bool:
        """Whether a handler is served by a host that comes with the harness."""
        return HOSTING in self.command[:-1]

    @property
    def candidates(self) -> tuple[Transport, ...]:
        """The transports that it may speak, as far as was said, the one that is preferred first."""
        if self.transport is not None:
            return (self.transport,)
        if self.is_given:
            return (Transport.TCP,)
        asked = {Transport.TCP: self.has_placeholder or self.port is not None}
        asked |= {Transport.UNIX: self.has_path, Transport.UDP: asked[Transport.TCP]}
        return tuple(one for one, is_asked in asked.items() if is_asked) or tuple(asked)

    @property
    def expected(self) -> Transport:
        """What it speaks, as far as that is known before it runs."""
        return self.connect.transport if self.connect else self.candidates[0]

    @property
    def shown(self) -> str:
        """The command as one would type it, or the address."""
        if self.connect:
            return self.connect.url
        return shlex.join(self.command)
