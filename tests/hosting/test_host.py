"""The host as a program: it serves with handlers of every kind, and says why it cannot."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.hosting.__main__ import main

PATIENCE = 25.0
"""Seconds; reached only when something is broken."""
HANDLERS = Path(__file__).with_name("handlers")
"""The folder of the module ``served``, which has a handler of each kind."""


class Host:
    """A host that runs."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """The exit status and what was written to stderr after a signal."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


Start = Callable[[str], Host]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts hosts, which listen on a free port, and ends them after the test."""
    with contextlib.ExitStack() as cleanup:

        def begin(name: str) -> Host:
            process = cleanup.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "harness.hosting", name],
                    cwd=HANDLERS,
                    env={**os.environ, "PORT": "0"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            cleanup.callback(process.kill)
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on 127.0.0.1:"), process.communicate()
            return Host(process, int(line.rpartition(":")[2]))

        yield begin


def echo(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def needs(library: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(library) is None
    return pytest.mark.skipif(missing, reason=f"{library} is not installed")


STREAMS = [
    "streams",
    "Protocol",
    "make_protocol",
    "Request",
    "of_socket",
    "of_socket_and_address",
    "Deeper.of_socket",
    pytest.param("of_trio", marks=needs("trio")),
    pytest.param("of_anyio", marks=needs("anyio")),
]


@pytest.mark.parametrize("name", STREAMS)
def test_streams(start: Start, name: str) -> None:
    """Whatever the kind of handler: two clients at once get back what they send."""
    host = start(f"served:{name}")
    with socket.create_connection(("127.0.0.1", host.port), PATIENCE) as first:
        first.sendall(b"first")
        assert echo(host.port, b"second" * 1000) == b"second" * 1000
        first.shutdown(socket.SHUT_WR)
        assert first.recv(100) == b"first"
        assert first.recv(100) == b""
    assert host.ended_by(signal.SIGTERM) == (-signal.SIGTERM, "")


@pytest.mark.parametrize("name", STREAMS)
def test_unix_sockets(name: str, tmp_path: Path) -> None:
    """The same over a Unix socket, at whose path an earlier one is left."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as earlier:
        earlier.bind(str(path))
    with subprocess.Popen(
        [sys.executable, "-m", "harness.hosting", "--unix", f"served:{name}"],
        cwd=HANDLERS,
        env={**os.environ, "SOCKET_PATH": str(path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"listening on unix:{path}\n"
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE)
                client.connect(str(path))
                client.sendall(b"hello")
                client.shutdown(socket.SHUT_WR)
                assert b"".join(iter(lambda: client.recv(100), b"")) == b"hello"
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["Datagrams", "make_datagrams", "DatagramRequest"])
def test_datagrams(start: Start, name: str) -> None:
    """A handler of datagrams gets them whole, the largest too."""
    host = start(f"served:{name}")
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", host.port))
        for data in (b"hello", bytes(65507), b"x"):
            client.send(data)
            assert client.recv(65536) == data


def test_ctrl_c(start: Start) -> None:
    """Ctrl-C ends a host without a word, at whatever moment it comes."""
    for name in ("of_socket", "streams"):
        assert start(f"served:{name}").ended_by(signal.SIGINT) == (-signal.SIGINT, "")


@pytest.mark.parametrize("name", ["raises", "coroutine_raises", "RaisingRequest"])
def test_an_exception_of_a_handler(start: Start, name: str) -> None:
    """It is shown as its library shows it, and the next client is served."""
    host = start(f"served:{name}")
    with socket.create_connection(("127.0.0.1", host.port), PATIENCE) as client:
        client.sendall(b"boom")
        with contextlib.suppress(ConnectionResetError):
            client.recv(1)
    assert echo(host.port, b"hello") == b"hello"
    assert host.process.stderr is not None
    said = []
    for line in host.process.stderr:
        said.append(line)
        if "ZeroDivisionError" in line:
            break
    assert "served.py" in "".join(said)


Complaint = Callable[..., tuple[int, str]]


@pytest.fixture
def complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Complaint:
    """``complaint(name)``: the exit status and what is said, in a folder with some modules."""
    (tmp_path / "hosted_some.py").write_text(
        "text = 'text'\ndef handle(connection): pass\ndef nothing(): pass\n"
        "async def trio_handle(stream): pass\n"
    )
    (tmp_path / "hosted_needs.py").write_text("import there_is_no_such_library\n")
    (tmp_path / "hosted_raises.py").write_text("x = 1\ny = int('z')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def complain(*arguments: str) -> tuple[int, str]:
        try:
            code = main(list(arguments))
        finally:
            for name in set(sys.modules) - before:
                if name.startswith("hosted_"):
                    del sys.modules[name]
        return code, capsys.readouterr().err

    return complain


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hosted_some", "'hosted_some' is not of the form MODULE:NAME"),
        ("hosted_sone:handle", "no module 'hosted_sone' in .*; did you mean 'hosted_some'"),
        ("hosted_no.such:handle", "no module 'hosted_no' in "),
        ("hosted_some.such:handle", "no module 'hosted_some.such' in "),
        ("hosted_some:handel", "hosted_some has no name 'handel'; did you mean 'handle'"),
        ("hosted_some:handle.inner", "handle has no name 'inner'"),
        ("hosted_some:text", "hosted_some:text: it is an object of the type str, and no handler"),
        ("hosted_some:nothing", "returns None"),
        ("hosted_some:text@socket", "and no handler"),
    ],
)
def test_what_cannot_be_served(complaint: Complaint, name: str, said: str) -> None:
    """No such module, no such name, no handler: one line, exit status 2."""
    code, err = complaint(name)
    assert code == 2
    assert err.startswith("echo-harness: ")
    assert err.count("\n") == 1
    assert re.search(said, err)


def test_a_module_that_cannot_be_imported(complaint: Complaint) -> None:
    """What the module itself raises is shown, from its own line on, and nothing of the host."""
    told = {"hosted_needs": "there_is_no_such_library", "hosted_raises": "y = int('z')"}
    for name, said in told.items():
        code, err = complaint(f"{name}:handle")
        assert code == 1
        assert said in err
        assert f"{name}.py" in err
        assert "loading.py" not in err
        assert "importlib" not in err


@pytest.mark.parametrize("port", ["none", "65536", "9" * 5000, "-1"])
def test_a_port_that_is_none(
    complaint: Complaint, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PORT in the environment is named."""
    monkeypatch.setenv("PORT", port)
    code, err = complaint("hosted_some:handle")
    assert code == 2
    assert "PORT in the environment" in err


def test_an_address_in_use(complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is named, with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        code, err = complaint("hosted_some:handle")
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in err


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("handle", None, "SOCKET_PATH in the environment"),
        ("handle", "plain", "cannot listen on unix:plain: Address already in use"),
        ("Datagrams", "free", "those are tested over UDP only"),
    ],
)
def test_a_unix_socket_that_cannot_be_had(
    complaint: Complaint, monkeypatch: pytest.MonkeyPatch, name: str, there: str | None, said: str
) -> None:
    """Nobody says where, a file is there, or it is for datagrams: one line."""
    Path("plain").write_text("a file")
    Path("hosted_udp.py").write_text("class Datagrams:\n    def datagram_received(s, d, a): pass\n")
    monkeypatch.delenv("SOCKET_PATH", raising=False)
    if there is not None:
        monkeypatch.setenv("SOCKET_PATH", there)
    module = "hosted_udp" if name == "Datagrams" else "hosted_some"
    code, err = complaint("--unix", f"{module}:{name}")
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_a_library_that_is_missing(complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a kind whose library is not there is told where it was looked for."""
    monkeypatch.setitem(sys.modules, "trio", None)
    code, err = complaint("hosted_some:trio_handle@trio")
    assert code == 2
    assert f"the handler needs trio, which is not installed in {sys.prefix}" in err


def test_usage(complaint: Complaint) -> None:
    """Not one argument is one line."""
    code, err = complaint()
    assert (code, err) == (
        2,
        "echo-harness: usage: python -m harness.hosting [--unix] MODULE:NAME\n",
    )
