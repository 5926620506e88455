"""Servers of the real world, to run the harness on: what people install, and what manuals teach.

`servers()` lists them, `missing(server)` says why one cannot run here. `install.sh` gets what
Debian has, `requirements.txt` what PyPI has. The scripts beside this file are written as the
documentation of each library would have it, so that a breach is the idiom's and not ours.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Debian's super-servers exclude each other, so install.sh unpacks them here instead.
UNPACKED = Path(
    os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "echo-harness-field", "unpacked"
)
PATHS = ("/usr/sbin", "/sbin", str(Path.home() / ".cargo" / "bin"))


@dataclass(frozen=True)
class FieldServer:
    """One server as it is found in the field.

    `command` and `options` are for `echo-harness check OPTIONS -- COMMAND`; `{host}` and `{port}`
    are left for the harness to fill in. `profile` is what the server really is. `needs` holds what
    `missing` looks for: a program, "PACKAGE:PROGRAM" (unpacked) or "module:NAME".
    """

    name: str
    command: tuple[str, ...]
    profile: str
    origin: str
    version_command: tuple[str, ...]
    notes: str
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def program(name: str) -> str | None:
    """The path of a program: on PATH, where daemons live, or unpacked by install.sh."""
    package, _, binary = name.rpartition(":")
    if package:
        own = UNPACKED / package / "usr" / "sbin" / binary
        return str(own) if own.exists() else None
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(PATHS))


def missing(server: FieldServer) -> str | None:
    """Why `server` cannot run here, or None when all it needs was found."""
    for need in server.needs:
        kind, _, name = need.partition(":")
        if kind == "module":
            if importlib.util.find_spec(name) is None:
                return f"no Python module {name!r} (tests/field/requirements.txt)"
        elif program(need) is None:
            return f"no program {need!r} (tests/field/install.sh)"
    return None


def servers() -> list[FieldServer]:
    """All of them, the ready-made first, installed or not."""
    return [
        *_relays(),
        *_superservers(),
        *_spawners(),
        *_standard_library(),
        *_libraries(),
        *_languages(),
    ]


def _relays() -> Iterator[FieldServer]:
    """Tools that join two streams."""
    listen = "TCP-LISTEN:{port},bind={host},reuseaddr"
    after_eof = "after one side's end waits 0.5 s (-t) for the other, then drops what is left"
    one_process = "one process writes a pipe only it can empty: blocks for ever once it is full"
    for name, profile, notes, arguments in (
        ("socat-exec-cat", "concurrent", after_eof, (f"{listen},fork", "EXEC:cat")),
        ("socat-system-cat", "concurrent", after_eof, (f"{listen},fork", "SYSTEM:cat")),
        ("socat-pipe", "concurrent", one_process, (f"{listen},fork", "PIPE")),
        ("socat-one-shot", "one-shot", one_process, (listen, "PIPE")),
        (
            "socat-exec-cat-patient",
            "concurrent",
            "the same with patience after the end: shows what -t does",
            ("-t", "60", f"{listen},fork", "EXEC:cat"),
        ),
    ):
        yield FieldServer(
            name,
            ("socat", *arguments),
            profile,
            "debian:socat",
            ("socat", "-V"),
            notes,
            needs=("socat", "cat"),
        )
    for name, how in (("ncat-exec-cat", ("-e", "/bin/cat")), ("ncat-shell-cat", ("-c", "cat"))):
        yield FieldServer(
            name,
            ("ncat", "-l", "-k", *how, "{host}", "{port}"),
            "concurrent",
            "debian:ncat",
            ("ncat", "--version"),
            "stops relaying at the client's end; blocks both ways once two pipes are full",
            needs=("ncat",),
        )
    yield FieldServer(
        "netcat-traditional",
        ("nc.traditional", "-l", "-s", "{host}", "-p", "{port}", "-e", "/bin/cat"),
        "one-shot",
        "debian:netcat-traditional",
        ("dpkg-query", "-W", "netcat-traditional"),
        "becomes cat, with the connection as its input and output",
        needs=("nc.traditional",),
    )


def _superservers() -> Iterator[FieldServer]:
    """The inetd family, as shipped: an internal echo service, and an external cat."""
    for package, kind, binary, limit, rate, version in (
        ("xinetd", "xinetd", "xinetd", "cps 50 10: more than 50/s closes it for 10 s", 20, True),
        (
            "inetutils-inetd",
            "inetutils",
            "inetutils-inetd",
            "1000 a minute; sleeps 1 s whenever a child has ended",
            15,
            True,
        ),
        ("openbsd-inetd", "openbsd", "inetd", "256 a minute, then off for ten minutes", 4, False),
    ):
        place = f"{package}:{binary}"
        found = program(place) or binary
        asked = {"xinetd": "-version", "inetutils": "--version"}
        for service in ("echo", "cat"):
            own_namespace = service == "echo" and kind != "xinetd"
            script = str(HERE / "superserver.py")
            yield FieldServer(
                f"{package}-{service}",
                (sys.executable, script, kind, service, found, "{host}", "{port}"),
                "concurrent",
                f"debian:{package}",
                (found, asked[kind])
                if version
                else ("cat", str(UNPACKED / package / "echo-field-version")),
                f"limit: {limit}"
                + ("; needs a mount namespace, for its /etc/services" if own_namespace else ""),
                ("--rate", str(rate)),
                needs=(place, "unshare") if own_namespace else (place,),
            )


def _spawners() -> Iterator[FieldServer]:
    """Listeners that start a program for each connection."""
    yield FieldServer(
        "tcpserver-cat",
        ("tcpserver", "-HRl0", "{host}", "{port}", "cat"),
        "concurrent",
        "debian:ucspi-tcp",
        ("dpkg-query", "-W", "ucspi-tcp"),
        "at most 40 connections (-c); names and ident looked up unless -HRl0",
        needs=("tcpserver", "cat"),
    )
    yield FieldServer(
        "tcpsvd-cat",
        ("tcpsvd", "-l", "localhost", "{host}", "{port}", "cat"),
        "concurrent",
        "debian:ipsvd",
        ("dpkg-query", "-W", "ipsvd"),
        "at most 30 connections (-c); its own name looked up for each of them unless -l says it",
        needs=("tcpsvd", "cat"),
    )
    yield FieldServer(
        "systemd-socket-activate-cat",
        ("systemd-socket-activate", "-l", "{host}:{port}", "--inetd", "-a", "cat"),
        "concurrent",
        "debian:systemd",
        ("systemd-socket-activate", "--version"),
        "a tool for testing units; a process for each connection",
        needs=("systemd-socket-activate", "cat"),
    )


def _script(file: str, *arguments: str) -> tuple[str, ...]:
    """The command of a Python script beside this file."""
    return (sys.executable, str(HERE / file), *arguments)


def _standard_library() -> Iterator[FieldServer]:
    """Python's own."""
    plain = ("{host}", "{port}")
    once = "the documentation's echo server answers one read and closes: not an RFC 862 echo"
    lines = "waits for a newline before it answers"
    for name, profile, notes, command in (
        (
            "socketserver-tcp",
            "sequential",
            "one client at a time; backlog 5",
            _script("python_socketserver.py", "TCPServer", *plain),
        ),
        (
            "socketserver-threading",
            "concurrent",
            "a thread for each client; backlog 5",
            _script("python_socketserver.py", "ThreadingTCPServer", *plain),
        ),
        (
            "socketserver-forking",
            "concurrent",
            "a process for each client, at most 40; children reaped while serving",
            _script("python_socketserver.py", "ForkingTCPServer", *plain),
        ),
        (
            "socketserver-lines",
            "concurrent",
            lines,
            _script("python_socketserver_lines.py", *plain),
        ),
        ("asyncio-streams", "concurrent", "", _script("asyncio_streams.py", *plain)),
        (
            "asyncio-protocol",
            "concurrent",
            "no flow control: what the client does not read is kept in memory",
            _script("asyncio_protocol.py", *plain),
        ),
        ("asyncio-streams-once", "concurrent", once, _script("asyncio_streams_once.py", *plain)),
        ("asyncio-protocol-once", "concurrent", once, _script("asyncio_protocol_once.py", *plain)),
    ):
        version = (sys.executable, "--version")
        yield FieldServer(name, command, profile, "stdlib", version, notes)


def _libraries() -> Iterator[FieldServer]:
    """Python's networking libraries."""
    plain = ("{host}", "{port}")
    unlimited = "no flow control: what the client does not read is kept in memory"
    for name, package, notes, command in (
        (
            "twisted",
            "twisted",
            f"{unlimited}; a half-close drops what is unsent unless the protocol opts in",
            _script("twisted_echo.py", *plain),
        ),
        ("trio", "trio", "", _script("trio_echo.py", *plain)),
        (
            "anyio",
            "anyio",
            "a reset raises out of the handler and ends the server; may read while a send waits",
            _script("anyio_echo.py", *plain),
        ),
        ("gevent", "gevent", "", _script("gevent_echo.py", *plain)),
        (
            "eventlet",
            "eventlet",
            "an error in a handler ends `serve`, as documented",
            _script("eventlet_echo.py", *plain),
        ),
        ("uvloop-streams", "uvloop", "", _script("asyncio_streams.py", *plain, "uvloop")),
        (
            "uvloop-protocol",
            "uvloop",
            unlimited,
            _script("asyncio_protocol.py", *plain, "uvloop"),
        ),
        ("curio", "curio", "no longer maintained", _script("curio_echo.py", *plain)),
        ("tornado", "tornado", "", _script("tornado_echo.py", *plain)),
        ("circuits", "circuits", unlimited, _script("circuits_echo.py", *plain)),
    ):
        code = f"from importlib.metadata import version; print(version({package!r}))"
        yield FieldServer(
            name,
            command,
            "concurrent",
            f"pypi:{package}",
            (sys.executable, "-c", code),
            notes,
            needs=(f"module:{package}",),
        )


def _languages() -> Iterator[FieldServer]:
    """Other languages with nothing but their standard library."""
    plain = ("{host}", "{port}")
    build = str(HERE / "compiled.py")
    for name, profile, origin, version, notes, command in (
        (
            "node-pipe",
            "concurrent",
            "debian:nodejs",
            "--version",
            "no error handler on the socket: a reset ends the whole process",
            ("node", str(HERE / "node_pipe.js"), *plain),
        ),
        (
            "node-pipe-guarded",
            "concurrent",
            "debian:nodejs",
            "--version",
            "with an error handler",
            ("node", str(HERE / "node_pipe.js"), *plain, "guarded"),
        ),
        (
            "node-pipe-half-open",
            "concurrent",
            "debian:nodejs",
            "--version",
            "with an error handler and allowHalfOpen",
            ("node", str(HERE / "node_pipe.js"), *plain, "half-open"),
        ),
        (
            "perl-sequential",
            "sequential",
            "debian:perl",
            "--version",
            "no SIGPIPE handler: a vanished client ends the server",
            ("perl", str(HERE / "perl_sequential.pl"), *plain),
        ),
        (
            "perl-fork",
            "concurrent",
            "debian:perl",
            "--version",
            "a process for each client",
            ("perl", str(HERE / "perl_fork.pl"), *plain),
        ),
        (
            "java-threads",
            "concurrent",
            "debian:default-jdk-headless",
            "--version",
            "compiled at each start",
            ("java", str(HERE / "EchoThreads.java"), *plain),
        ),
        (
            "rust-threads",
            "concurrent",
            "debian:rustc",
            "--version",
            "compiled at the first start",
            (sys.executable, build, str(HERE / "echo_threads.rs"), *plain),
        ),
        (
            "go-goroutines",
            "concurrent",
            "debian:golang-go",
            "version",
            "compiled at the first start; io.Copy of a socket to itself uses splice",
            (sys.executable, build, str(HERE / "echo_goroutines.go"), *plain),
        ),
        (
            "ruby-threads",
            "concurrent",
            "debian:ruby",
            "--version",
            "",
            ("ruby", str(HERE / "ruby_threads.rb"), *plain),
        ),
        (
            "tcl-fcopy",
            "concurrent",
            "debian:tcl",
            "",
            "",
            ("tclsh", str(HERE / "tcl_fcopy.tcl"), *plain),
        ),
        (
            "erlang-gen-tcp",
            "concurrent",
            "debian:erlang-base",
            "",
            "",
            ("escript", str(HERE / "erlang_echo.escript"), *plain),
        ),
    ):
        tool = {"rust-threads": "rustc", "go-goroutines": "go"}.get(name, command[0])
        package = origin.partition(":")[2]
        asked = (tool, version) if version else ("dpkg-query", "-W", package)
        yield FieldServer(name, command, profile, origin, asked, notes, needs=(tool,))
