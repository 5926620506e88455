"""Servers of the real world over other transports than TCP, and launched in other ways.

Datagrams (UDP), Unix sockets, and programs that inetd or systemd would start.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.field import HERE, UNPACKED, FieldServer, program

PLAIN = ("{host}", "{port}")
UDP = ("--transport", "udp")
UNIX = ("--transport", "unix")
INETD = ("--launch", "inetd")


def servers() -> list[FieldServer]:
    """All of them, installed or not."""
    return [*_datagrams(), *_superservers(), *_unix(), *_given()]


def _script(file: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / file), *arguments)


def _tool(
    name: str,
    command: tuple[str, ...],
    profile: str,
    package: str,
    notes: str,
    options: tuple[str, ...],
    asked: tuple[str, ...] | None = None,
) -> FieldServer:
    version = asked or ("dpkg-query", "-W", package)
    return FieldServer(
        name, command, profile, f"debian:{package}", version, notes, options, needs=(command[0],)
    )


def _python(
    name: str, package: str, notes: str, command: tuple[str, ...], options: tuple[str, ...]
) -> FieldServer:
    """A script with the standard library, or with a package of PyPI."""
    if not package:
        version: tuple[str, ...] = (sys.executable, "--version")
        return FieldServer(name, command, "concurrent", "stdlib", version, notes, options)
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return FieldServer(
        name,
        command,
        "concurrent",
        f"pypi:{package}",
        (sys.executable, "-c", code),
        notes,
        options,
        needs=(f"module:{package}",),
    )


def _datagrams() -> Iterator[FieldServer]:
    at = "{port},bind={host}"
    child = "a child for each client, which takes what comes from that one"
    for name, notes, words in (
        ("socat-udp-listen", child, (f"UDP4-LISTEN:{at},fork", "EXEC:cat")),
        ("socat-udp-recvfrom", "a child for each datagram", (f"UDP4-RECVFROM:{at},fork", "PIPE")),
        ("socat-udp-recvfrom-cat", "the same with cat", (f"UDP4-RECVFROM:{at},fork", "EXEC:cat")),
    ):
        yield _tool(name, ("socat", *words), "sequential", "socat", notes, UDP, ("socat", "-V"))
    yield _tool(
        "ncat-udp",
        ("ncat", "-u", "-l", "-k", "-e", "/bin/cat", *PLAIN),
        "sequential",
        "ncat",
        "a child for each client",
        UDP,
        ("ncat", "--version"),
    )
    udp = UDP
    yield _python(
        "asyncio-datagrams",
        "",
        "the documentation's: decodes",
        _script("asyncio_udp.py", *PLAIN),
        udp,
    )
    plain = _script("asyncio_udp.py", *PLAIN, "plain")
    yield _python("asyncio-datagrams-bytes", "", "the same without decoding", plain, udp)
    for kind in ("UDPServer", "ThreadingUDPServer"):
        command = _script("socketserver_udp.py", kind, *PLAIN)
        name = f"socketserver-{'threading-' if 'Thread' in kind else ''}udp"
        yield _python(name, "", "reads 8192 bytes (max_packet_size)", command, udp)
    for package in ("twisted", "trio", "anyio"):
        command = _script(f"{package}_udp.py", *PLAIN)
        yield _python(f"{package}-datagrams", package, "", command, udp)
    node = ("node", str(HERE / "node_dgram.js"), *PLAIN)
    yield _tool("node-dgram", node, "sequential", "nodejs", "", udp, ("node", "--version"))
    build = _script("compiled.py", str(HERE / "echo_packets.go"), *PLAIN)
    yield FieldServer(
        "go-packets", build, "sequential", "debian:golang-go", ("go", "version"), "", udp, ("go",)
    )


def _superservers() -> Iterator[FieldServer]:
    """Their own echo service for datagrams.  That of openbsd-inetd answers nobody at 127.0.0.0/8
    (``dg_badinput`` in its inetd.c), so it cannot be judged by loopback."""
    for package, kind, binary in (
        ("xinetd", "xinetd", "xinetd"),
        ("inetutils-inetd", "inetutils", "inetutils-inetd"),
    ):
        place = f"{package}:{binary}"
        own_namespace = kind != "xinetd"
        yield FieldServer(
            f"{package}-echo-udp",
            _script("superserver.py", kind, "echo-udp", program(place) or binary, *PLAIN),
            "sequential",
            f"debian:{package}",
            ("cat", str(UNPACKED / package / "echo-field-version")),
            "needs a mount namespace, for its /etc/services" if own_namespace else "",
            UDP,
            needs=(place, "unshare") if own_namespace else (place,),
        )


def _unix() -> Iterator[FieldServer]:
    for name, words in (
        ("socat-unix-cat", ("UNIX-LISTEN:{path},fork", "EXEC:cat")),
        ("socat-unix-pipe", ("UNIX-LISTEN:{path},fork", "PIPE")),
    ):
        command = ("socat", *words)
        yield _tool(name, command, "concurrent", "socat", "", UNIX, ("socat", "-V"))
    ncat = ("ncat", "-U", "-l", "-k", "-e", "/bin/cat", "{path}")
    yield _tool("ncat-unix-cat", ncat, "concurrent", "ncat", "", UNIX, ("ncat", "--version"))
    activate = ("systemd-socket-activate", "-l", "{path}", "--inetd", "-a", "cat")
    yield _tool("systemd-activate-unix-cat", activate, "concurrent", "systemd", "", UNIX)
    script = _script("socketserver_unix.py", "{path}")
    yield _python("socketserver-unix", "", "a thread for each client", script, UNIX)
    yield _python("asyncio-unix", "", "", _script("asyncio_unix.py", "{path}"), UNIX)


def _given() -> Iterator[FieldServer]:
    """Programs that a super-server starts: what it stands for is the harness's own."""
    yield _tool("inetd-cat", ("cat",), "concurrent", "coreutils", "", INETD)
    yield _tool("inetd-tee", ("tee",), "concurrent", "coreutils", "", INETD)
    yield _tool("inetd-busybox-cat", ("busybox", "cat"), "concurrent", "busybox", "", INETD)
    socat = ("socat", "STDIO", "PIPE")
    yield _tool("inetd-socat-pipe", socat, "concurrent", "socat", "", INETD, ("socat", "-V"))
