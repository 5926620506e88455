"""Where a target is reached, over which transport, and how it comes by its listener.

Addresses are written as URLs: ``tcp://127.0.0.1:7007``, ``udp://[::1]:7``, ``unix:/run/echo``,
and ``unix:@name`` for an abstract Unix socket, which is no file (unix(7)).
"""

from __future__ import annotations

import enum
import os
import socket
from typing import NamedTuple

from harness.errors import UsageProblem
from harness.text.outside import shown

LONGEST_PATH = 107
"""Bytes of the path of a Unix socket: sun_path has 108, and the last is NUL (unix(7))."""


class Transport(enum.StrEnum):
    """What bytes go over."""

    TCP = "tcp"
    UNIX = "unix"
    """Stream sockets of AF_UNIX."""
    UDP = "udp"


class LaunchStyle(enum.StrEnum):
    """How a target comes by its listener."""

    LISTEN = "listen"
    """It makes its own."""
    INETD = "inetd"
    """A process for each connection, which is its standard input and output."""
    INETD_WAIT = "inetd-wait"
    """The listener is its standard input."""
    SOCKET_ACTIVATION = "socket-activation"
    """The listener is descriptor 3, as LISTEN_FDS says (sd_listen_fds(3))."""


class _HostAndPort(NamedTuple):
    """As the socket module has it."""

    host: str
    port: int

    @property
    def family(self) -> int:
        return int(socket.AF_INET6 if ":" in self.host else socket.AF_INET)

    @property
    def local(self) -> bool:
        """Whether it can only be reached from this machine."""
        return is_loopback(self.host)


class TcpAddress(_HostAndPort):
    """Where a server of streams listens."""

    __slots__ = ()

    @property
    def transport(self) -> Transport:
        return Transport.TCP

    @property
    def url(self) -> str:
        return f"tcp://{_joined(self.host, self.port)}"


class UdpAddress(_HostAndPort):
    """Where a server of datagrams is bound."""

    __slots__ = ()

    @property
    def transport(self) -> Transport:
        return Transport.UDP

    @property
    def url(self) -> str:
        return f"udp://{_joined(self.host, self.port)}"


class UnixAddress(NamedTuple):
    """``path``: of the socket's file; with a first ``@`` it is an abstract name, and no file."""

    path: str

    @property
    def transport(self) -> Transport:
        return Transport.UNIX

    @property
    def family(self) -> int:
        return int(socket.AF_UNIX)

    @property
    def local(self) -> bool:
        return True

    @property
    def abstract(self) -> bool:
        return self.path.startswith("@")

    @property
    def url(self) -> str:
        return f"unix:{self.path}"

    @property
    def name(self) -> bytes:
        """As bind(2) and connect(2) take it: an abstract one begins with NUL."""
        name = os.fsencode(self.path)
        return b"\0" + name[1:] if self.abstract else name


Address = TcpAddress | UnixAddress | UdpAddress
IpAddress = TcpAddress | UdpAddress
IP_KINDS: dict[Transport, type[TcpAddress] | type[UdpAddress]] = {
    Transport.TCP: TcpAddress,
    Transport.UDP: UdpAddress,
}


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


# --- reading ------------------------------------------------------------------------------------

FORMS = "Write it as HOST:PORT, such as 127.0.0.1:7007, or as tcp://, udp:// or unix:PATH."


def parse_address(text: str, transport: Transport | None = None) -> Address:
    """A URL, or ``HOST:PORT`` or ``[V6]:PORT``, which is TCP unless ``transport`` is UDP.

    Raises UsageProblem, also when the URL is of another transport than ``transport``.
    """
    scheme, rest = _scheme(text)
    if scheme is None:
        if transport is Transport.UNIX or text.startswith(("/", "./", "../", "@")):
            return _is(parse_address(f"unix:{text}"), transport)
        return _ip(text, text, transport or Transport.TCP)
    if scheme == Transport.UNIX:
        return _is(UnixAddress(checked_path(rest)), transport)
    if scheme in IP_KINDS:
        return _is(_ip(rest, text, Transport(scheme)), transport)
    if scheme in ("tls", "ssl"):
        raise UsageProblem(
            f"{shown(text)}: TLS is not spoken here yet.", "Only servers of plain bytes are tested."
        )
    raise UsageProblem(
        f"{shown(text)}: there is no transport {shown(scheme)}.", "There are tcp, udp and unix."
    )


def _scheme(text: str) -> tuple[str | None, str]:
    """The scheme of a URL and the rest; None where there is only an address."""
    scheme, found, rest = text.partition("://")
    if found and scheme.isalnum():
        return scheme.lower(), rest
    if text[:5].lower() == "unix:":
        return "unix", text[5:]
    return None, text


def _is(address: Address, transport: Transport | None) -> Address:
    if transport is not None and address.transport is not transport:
        raise UsageProblem(
            f"{shown(address.url)} is no address for transport {transport.value}.",
            "Leave out the transport: the address says it.",
        )
    return address


def _ip(place: str, text: str, transport: Transport) -> IpAddress:
    host, _, port = place.removesuffix("/").rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    digits = port.isascii() and port.isdecimal() and len(port) <= 5
    if not is_host(host) or not digits or not 0 < int(port) < 65536:
        raise UsageProblem(f"{shown(text)} is not an address.", FORMS)
    return IP_KINDS[transport](host, int(port))


def checked_path(path: str) -> str:
    """``path`` if a Unix socket can have it.  Raises UsageProblem."""
    if path in ("", "@") or "\0" in path:
        raise UsageProblem(
            f"{shown(path)} is no path of a Unix socket.",
            "Write it as unix:/run/echo.sock, or unix:@name for an abstract one.",
        )
    if (size := len(os.fsencode(path))) > LONGEST_PATH + path.startswith("@"):
        raise UsageProblem(
            f"the path of the Unix socket has {size:,} bytes, and the system allows "
            f"{LONGEST_PATH}: {shown(path)}",
            "Take a shorter one, in /tmp or /run for instance.",
        )
    return path
