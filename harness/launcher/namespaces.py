"""Network namespaces for targets, made and kept by a warden (network_namespaces(7)).

Each has a loopback interface and nothing else: every port in it is free, and nobody outside is
reached.  Root needs no more than that.  An ordinary user needs a user namespace too, in which the
user's own id stands for itself; there the warden may do what root may do outside, and a target,
which has lost that at exec(), may not.

A socket belongs to the namespace that it was made in, whoever uses it.  So those of the clients,
and one to ask the system with (sock_diag(7)), are made in here and handed to the harness.

Forked from the nursery as the warden is, this imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct

TYPE_CHECKING = False  # importing typing for it takes longer than all that this process does
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40  # <linux/sockios.h>, <net/if.h>
SOCK_DIAG = 4  # NETLINK_SOCK_DIAG of <linux/netlink.h>
ETH_P_ALL = 0x0003  # <linux/if_ether.h>
SO_RCVBUFFORCE = 33  # <asm-generic/socket.h>
TAP_BUFFER = 32 * 1024 * 1024  # bytes: whoever reads it may have to wait for a core
SYSCTL = "/proc/sys/net/"
EPHEMERAL = "1024 65535"
"""As wide as can be, so that clients do not run out of ports; those of the target are reserved."""
LIKE_OUTSIDE = (
    *("core/somaxconn", "ipv4/tcp_rmem", "ipv4/tcp_wmem", "ipv4/tcp_max_syn_backlog"),
    *("ipv4/tcp_syncookies", "ipv4/tcp_abort_on_overflow", "ipv4/tcp_fin_timeout"),
    *("ipv4/tcp_rfc1337", "ipv4/tcp_tw_reuse", "ipv4/ip_unprivileged_port_start"),
)
"""Settings that each namespace has for itself, and that a target may feel."""
MOST_SOCKETS = 20_000
"""Handed out of one namespace, after which it is not used again: they may all be in TIME_WAIT."""

try:
    _libc: Any = ctypes.CDLL(None, use_errno=True)
    _libc.unshare, _libc.setns  # noqa: B018  whether they are there
except (OSError, AttributeError):  # not Linux
    _libc = None


def move_in() -> None:
    """Let this process be in an empty network of its own, with the settings of the one outside.

    Call it before there is a second thread.  Raises OSError where the system allows none.
    """
    names = (*LIKE_OUTSIDE, "ipv4/ip_local_port_range")
    outside = {name: _read(name) for name in names}
    _be_allowed()
    _loopback_up()
    for name, value in outside.items():
        if value and _read(name) != value:
            _write(name, value)


class Namespace:
    """One network, in which a target runs.  ``fd`` refers to it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.handed_out = 0
        self.reserved: frozenset[int] = frozenset()


class Namespaces:
    """Those of one warden.  Raises OSError where the system allows none."""

    def __init__(self) -> None:
        self._outside = {name: _read(name) for name in LIKE_OUTSIDE}
        self._in_use: dict[int, Namespace] = {}
        self._left: list[Namespace] = []
        """Those that nobody uses; perhaps the next one can."""
        _be_allowed()
        self._here = self._made()
        """The one that this process is in."""
        self._left.append(self._here)

    def enter(self, number: int, ports: Iterable[int] = ()) -> bool:
        """Be in namespace ``number``; whether nobody has used that number before.

        A new number means a namespace in which all ``ports`` are free, and stay so for the target.
        """
        known = self._in_use.get(number)
        if known is not None:
            self._move(known)
            return False
        self._in_use[number] = self._fresh(frozenset(ports) - {0})
        return True

    def sockets(self, network: int, family: int, count: int) -> list[socket.socket]:
        """``count`` sockets of namespace ``network`` for clients, which do not block."""
        namespace = self._in_use[network]
        namespace.handed_out += count
        self._move(namespace)
        kind = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
        return _all_or_none(lambda: socket.socket(family, kind), count)

    def question(self, number: int) -> socket.socket:
        """A socket to ask the system with about the sockets of namespace ``number``."""
        self._move(self._in_use[number])
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG)

    def tap(self, number: int) -> socket.socket:
        """A socket that has every packet of namespace ``number`` from now on, without blocking."""
        self._move(self._in_use[number])
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
        tap = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
        try:
            tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, TAP_BUFFER)
        except OSError:  # only for who is root outside as well
            tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TAP_BUFFER)
        return tap

    def leave(self, number: int) -> None:
        """Nobody needs ``number`` any more."""
        if (namespace := self._in_use.pop(number, None)) is not None:
            self._left.append(namespace)

    def make_ahead(self) -> None:
        """Have one for the next launch, while nobody waits for it."""
        if not self._left:
            with contextlib.suppress(OSError):  # the launch that needs it says so
                self._left.append(self._made())

    def _fresh(self, ports: frozenset[int]) -> Namespace:
        while self._left:
            namespace = self._left.pop()
            self._move(namespace)
            if namespace.handed_out < MOST_SOCKETS and all(_is_free(port) for port in ports):
                break
            self._end(namespace)
        else:
            namespace = self._made()
        if not ports <= namespace.reserved:
            namespace.reserved |= ports
            _write("ipv4/ip_local_reserved_ports", ",".join(map(str, namespace.reserved)))
        return namespace

    def _made(self) -> Namespace:
        """A new one, in which we are then.  Raises OSError."""
        _call("unshare", CLONE_NEWNET)
        namespace = Namespace(os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        self._here = namespace
        _loopback_up()
        _write("ipv4/ip_local_port_range", EPHEMERAL)
        for name, value in self._outside.items():
            if value and _read(name) != value:
                _write(name, value)
        return namespace

    def _move(self, namespace: Namespace) -> None:
        if namespace is not self._here:
            _call("setns", namespace.fd, CLONE_NEWNET)
            self._here = namespace

    def _end(self, namespace: Namespace) -> None:
        """Let go of it.  It is gone once nobody is in it: this process leaves with the next."""
        os.close(namespace.fd)


def _all_or_none(make: Any, count: int) -> list[socket.socket]:
    made: list[socket.socket] = []
    try:
        while len(made) < count:
            made.append(make())
    except OSError:
        for sock in made:
            sock.close()
        raise
    return made


def _be_allowed() -> None:
    """Have a user namespace if that is what it takes.  Raises OSError."""
    try:
        _call("unshare", CLONE_NEWNET)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    else:
        return
    user, group = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
    # user_namespaces(7): who may not change its groups may map its own.
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _call(name: str, *arguments: int) -> None:
    if _libc is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH22x", b"lo", IFF_UP | IFF_RUNNING)
        fcntl.ioctl(sock, SIOCSIFFLAGS, request)


def _is_free(port: int) -> bool:
    """Whether a server without SO_REUSEADDR could have ``port``, on whatever address."""
    families = (socket.AF_INET6, socket.AF_INET)
    for family, host in zip(families, ("::", "0.0.0.0"), strict=True):
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        with sock:
            try:
                if family == socket.AF_INET6:  # stands for both
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                sock.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL and family == socket.AF_INET6:
                    continue  # there is no IPv6 in here
                return False
            return True
    return True


def _read(name: str) -> str:
    try:
        with open(SYSCTL + name) as file:
            return file.read()
    except OSError:
        return ""


def _write(name: str, value: str) -> None:
    """Best effort: where /proc/sys may not be written (containers), the system's default holds."""
    with contextlib.suppress(OSError), open(SYSCTL + name, "w") as file:
        file.write(value)
