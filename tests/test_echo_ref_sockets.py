"""The promises of `echo_ref` away from TCP: datagrams, Unix sockets, sockets given to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from echo_ref.command import parse_arguments
from echo_ref.datagrams import serve_datagrams
from echo_ref.given import given_socket
from echo_ref.unix import UnixListener
from tests.test_echo_ref import (
    HOST,
    PATIENCE,
    ROOT,
    Server,
    clean_environment,
    one_line,
    random_bytes,
    receive_exactly,
    receive_to_the_end,
    reset,
)

LARGEST_DATAGRAM = 65507  # bytes: what IPv4's 16 bits of length leave for the data


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends them after the test."""
    with contextlib.ExitStack() as cleanup:

        def start_server(*arguments: str) -> Server:
            server = Server(*arguments)
            cleanup.callback(server.end)
            return server

        yield start_server


Start = Callable[..., Server]


def stop(server: Server) -> tuple[int, str]:
    server.process.send_signal(signal.SIGTERM)
    return server.ended()


def sent_back(connection: socket.socket, data: bytes = b"hello") -> bool:
    """Whether `data`, and then the end, come back on `connection`, which is closed."""
    with connection:
        connection.settimeout(PATIENCE)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return receive_to_the_end(connection) == data


def client_of(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(PATIENCE)
    client.connect(path)
    return client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a socket may be: short, since its name has room for 107 bytes."""
    found = tmp_path / "echo"
    if len(bytes(found)) > 100:
        pytest.skip(f"the folder for temporary files has a long name: {tmp_path}")
    return found


def leave_behind(path: Path) -> None:
    """Make the socket file of a server that has gone."""
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
        gone.listen()


# Unix sockets.


def test_a_unix_socket(start: Start, path: Path) -> None:
    """--unix serves as TCP does, says where, and leaves no file behind."""
    server = start("--unix", str(path))
    assert server.line() == f"listening on unix:{path}"
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert sent_back(client_of(str(path)), random_bytes(100_000))
    assert server.line() == "connection from a local client"
    assert stop(server) == (0, "")
    assert not path.exists()


def test_a_name_without_a_file(start: Start) -> None:
    """--unix @NAME listens on a name of Linux's own name space."""
    name = f"echo-ref-{os.getpid()}"
    server = start("--unix", f"@{name}")
    assert server.line() == f"listening on unix:@{name}"
    assert sent_back(client_of(f"\0{name}"))
    assert stop(server) == (0, "")


def test_once_leaves_no_file(start: Start, path: Path) -> None:
    """A server that ends by itself removes its file too."""
    server = start("--unix", str(path), "--once")
    server.line()
    assert sent_back(client_of(str(path)))
    assert server.ended() == (0, "")
    assert not path.exists()


def test_a_file_that_a_dead_server_left_is_replaced(start: Start, path: Path) -> None:
    """A socket that nobody has open is in nobody's way."""
    leave_behind(path)
    server = start("--unix", str(path))
    assert server.line() == f"listening on unix:{path}"
    assert sent_back(client_of(str(path)))


def test_a_server_that_lives_is_left_alone(start: Start, path: Path) -> None:
    """A socket that somebody has open is an error, and who has it notices nothing."""
    with socket.socket(socket.AF_UNIX) as holder:
        holder.bind(str(path))
        holder.listen()
        holder.setblocking(False)
        status, stderr = start("--unix", str(path)).ended()
        with pytest.raises(BlockingIOError):
            holder.accept()
    assert status == 1
    assert f"unix:{path}: another program has this socket open" in one_line(stderr)
    assert path.exists()


def a_file(path: Path) -> None:
    path.write_text("precious")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_link(path: Path) -> None:
    leave_behind(path.with_name("other"))
    path.symlink_to("other")


@pytest.mark.parametrize("make", [a_file, a_folder, a_link])
def test_what_is_no_socket_is_never_removed(path: Path, make: Callable[[Path], None]) -> None:
    """Whatever else has that name stays as it is."""
    make(path)
    before = path.lstat()
    with pytest.raises(FileExistsError, match="no socket"):
        UnixListener(str(path))
    assert path.lstat() == before


def test_a_file_of_somebody_else_stays(start: Start, path: Path) -> None:
    """Only its own file is removed at the end, not the one that came in its place."""
    server = start("--unix", str(path))
    server.line()
    path.unlink()
    path.write_text("precious")
    assert stop(server) == (0, "")
    assert path.read_text() == "precious"


def test_a_name_that_cannot_be_had(start: Start) -> None:
    """A name that is too long, or in no folder, is one line, exit status 1."""
    for name in ("@" + "x" * 108, "no/such/folder"):
        with pytest.raises(OSError, match=r"too long|No such file"):
            UnixListener(name)
    status, stderr = start("--unix", "x" * 108).ended()
    assert status == 1
    assert f"cannot listen on unix:{'x' * 108}: " in one_line(stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--unix", ""),
        ("--unix", "@"),
        ("--unix", "x", "--port", "0"),
        ("--unix", "x", "--udp"),
        ("--udp", "--buffer-size", "9"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_exits_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that contradict each other are one line, exit status 2."""
    with pytest.raises(SystemExit) as ended:
        parse_arguments(arguments)
    assert ended.value.code == 2
    assert arguments[0] in one_line(capsys.readouterr().err)


# Datagrams.


def datagram_server(start: Start, *arguments: str) -> tuple[Server, tuple[str, int]]:
    server = start("--udp", *arguments)
    scheme, _, place = server.line().partition("udp://")
    assert scheme == "listening on "
    host, _, port = place.rpartition(":")
    return server, (host.strip("[]"), int(port))


def ask(address: Any, data: bytes, family: int = socket.AF_INET) -> bytes:
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(address)
        client.send(data)
        return client.recv(LARGEST_DATAGRAM + 1)


def test_datagrams_come_back_whole(start: Start) -> None:
    """A datagram of any size is answered by the same, an empty one by an empty one."""
    server, address = datagram_server(start)
    for size in (0, 1, 1023, 1024, 1025, 9000, LARGEST_DATAGRAM):
        data = random_bytes(size)
        assert ask(address, data) == data
    assert stop(server) == (0, "")


def test_each_client_gets_its_own_datagrams(start: Start) -> None:
    """Answers go where the questions came from, in datagrams that are not merged."""
    _, address = datagram_server(start)
    with contextlib.ExitStack() as cleanup:
        clients = [cleanup.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(4)]
        for number, client in enumerate(clients):
            client.settimeout(PATIENCE)
            client.connect(address)
            client.send(b"%d first" % number)
            client.send(b"%d second" % number)
        for number, client in enumerate(clients):
            assert client.recv(100) == b"%d first" % number
            assert client.recv(100) == b"%d second" % number


def test_a_client_that_has_gone_ends_nothing(start: Start) -> None:
    """Answers that nobody takes are lost, and the next client is answered."""
    server, address = datagram_server(start)
    for _ in range(3):
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(b"who leaves at once", address)
    assert ask(address, b"hello") == b"hello"
    assert stop(server) == (0, "")


def test_once_answers_one_datagram(start: Start) -> None:
    """With --once the first datagram is answered, and then the server exits 0."""
    server, address = datagram_server(start, "--once")
    assert ask(address, b"hello") == b"hello"
    assert server.ended() == (0, "")


def test_datagrams_on_ipv6(start: Start) -> None:
    """--udp takes an IPv6 address as well."""
    try:
        _, address = datagram_server(start, "--host", "::1")
    except AssertionError:
        pytest.skip("no IPv6 loopback address here")
    assert ask(address, b"hello", socket.AF_INET6) == b"hello"


def test_a_datagram_port_in_use_exits_1(start: Start) -> None:
    """The port is never shared with another server: one line, exit status 1."""
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind((HOST, 0))
        port = holder.getsockname()[1]
        status, stderr = start("--udp", "--port", str(port)).ended()
    assert status == 1
    assert f"cannot listen on udp://{HOST}:{port}" in one_line(stderr)


class Recorded:
    """A datagram socket that receives what it is told, and notes what is sent."""

    def __init__(self, *arrivals: tuple[bytes, Any] | OSError) -> None:
        self.arrivals = list(arrivals)
        self.sent: list[tuple[bytes, Any]] = []

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        arrival = self.arrivals.pop(0)
        if isinstance(arrival, OSError):
            raise arrival
        return arrival

    def sendto(self, data: bytes, address: Any) -> None:
        if data == b"nowhere":
            raise OSError(101, os.strerror(101))
        self.sent.append((data, address))


def test_services_that_answer_everything_get_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """A question from another echo service would come back for ever; one that cannot be answered
    ends nothing."""
    bound: Any = Recorded(
        (b"loop", (HOST, 7)),
        (b"loop", (HOST, 19)),
        (b"from a Unix socket without a name", None),
        ConnectionRefusedError(111, "an earlier answer"),
        (b"nowhere", (HOST, 4001)),
        (b"hello", (HOST, 4002)),
        OSError(9, "closed"),
    )
    with pytest.raises(OSError, match="closed"):
        serve_datagrams(bound)
    assert bound.sent == [(b"hello", (HOST, 4002))]
    assert capsys.readouterr().out.startswith(f"no answer to {HOST}:4001: ")


# Sockets that are given.

ACTIVATED = 'LISTEN_PID=$$ exec "$@" 3<&0 </dev/null'
"""A shell's way to do what systemd does: the socket is descriptor 3, and the process id is its."""


@contextlib.contextmanager
def given(
    handed: socket.socket | IO[bytes], *arguments: str, how: str = "", **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The server, with `handed` as its standard input, or where the shell line `how` puts it."""
    command = [sys.executable, "-W", "error", "-m", "echo_ref", *arguments]
    with subprocess.Popen(
        ["sh", "-c", how, "sh", *command] if how else command,
        cwd=ROOT,
        env=clean_environment(**environment),
        stdin=handed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def accepted() -> tuple[socket.socket, socket.socket]:
    """The client's and the server's end of a TCP connection."""
    with socket.create_server((HOST, 0)) as listener:
        client = socket.create_connection(listener.getsockname(), PATIENCE)
        return client, listener.accept()[0]


def test_a_listener_of_systemd() -> None:
    """A socket that listens is served, client after client, where LISTEN_FDS says that it is."""
    with socket.create_server((HOST, 0)) as listener:
        with given(listener, how=ACTIVATED, LISTEN_FDS="1") as process:
            for _ in range(2):
                assert sent_back(socket.create_connection(listener.getsockname(), PATIENCE))
            process.send_signal(signal.SIGTERM)
            status, out, err = ended(process)
        port = listener.getsockname()[1]
        assert (status, err) == (0, b"")
        assert out.startswith(b"listening on %s:%d\n" % (HOST.encode(), port))


def test_a_datagram_socket_of_systemd() -> None:
    """A datagram socket that is given is answered on."""
    with socket.socket(type=socket.SOCK_DGRAM) as bound:
        bound.bind((HOST, 0))
        with given(bound, "--once", how=ACTIVATED, LISTEN_FDS="1") as process:
            assert ask(bound.getsockname(), b"hello") == b"hello"
            assert ended(process)[::2] == (0, b"")


def test_a_connection_of_systemd() -> None:
    """A connection that was accepted already is served, and then the server exits 0."""
    client, connection = accepted()
    with connection, given(connection, how=ACTIVATED, LISTEN_FDS="1") as process:
        connection.close()
        assert sent_back(client)
        assert ended(process)[::2] == (0, b"")


@pytest.mark.parametrize("count", ["2", "0", "", "one"])
def test_not_one_socket(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More sockets than one, or none, are an error that says so."""
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", count)
    with pytest.raises(ValueError, match=f"LISTEN_FDS is '{count}': one socket"):
        given_socket()


def test_what_is_given_is_no_socket() -> None:
    """A file where the socket should be is one line, exit status 1."""
    with (
        Path(os.devnull).open("rb") as file,
        given(file, how=ACTIVATED, LISTEN_FDS="1") as process,
    ):
        status, _, err = ended(process)
    assert status == 1
    assert "cannot take the socket that was given" in one_line(err.decode())


def test_sockets_for_another_process_are_not_ours() -> None:
    """Variables that somebody else's process was given mean nothing."""
    pid = str(os.getpid())
    with (
        Path(os.devnull).open("rb") as file,
        given(file, LISTEN_FDS="1", LISTEN_PID=pid) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"listening on 127.0.0.1:")


@contextlib.contextmanager
def inetd(connection: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """The server as inetd starts it: the connection is all its standard streams."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "echo_ref"],
        cwd=ROOT,
        env=clean_environment(PORT="7007"),
        stdin=connection,
        stdout=connection,
        stderr=connection,
    ) as process:
        connection.close()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_a_connection_of_inetd() -> None:
    """The client gets its bytes and no line of the server, and then the server exits 0."""
    client, connection = accepted()
    data = random_bytes(100_000)
    with inetd(connection) as process:
        assert sent_back(client, data)
        assert process.wait(PATIENCE) == 0


def test_a_connection_of_inetd_that_breaks() -> None:
    """A client that resets has had its service: exit status 0."""
    client, connection = accepted()
    with inetd(connection) as process:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        reset(client)
        assert process.wait(PATIENCE) == 0


def test_a_listener_of_inetd() -> None:
    """As a "wait" service it serves the socket that listens, client after client."""
    with socket.create_server((HOST, 0)) as listener, given(listener) as process:
        for _ in range(2):
            assert sent_back(socket.create_connection(listener.getsockname(), PATIENCE))
        process.send_signal(signal.SIGTERM)
        assert ended(process)[::2] == (0, b"")


def test_datagrams_of_inetd() -> None:
    """As a "wait" service it answers the datagrams that its socket gets."""
    with socket.socket(type=socket.SOCK_DGRAM) as bound:
        bound.bind((HOST, 0))
        with given(bound, "--once") as process:
            assert ask(bound.getsockname(), b"hello") == b"hello"
            assert ended(process)[::2] == (0, b"")


def test_a_listener_that_must_not_block() -> None:
    """A socket in non-blocking mode is served all the same: the mode came with it."""
    with socket.create_server((HOST, 0)) as listener:
        listener.setblocking(False)
        with given(listener, "--once") as process:
            assert sent_back(socket.create_connection(listener.getsockname(), PATIENCE))
            assert ended(process)[::2] == (0, b"")


def test_an_address_on_the_command_line_is_meant() -> None:
    """Who says where to listen gets that, whatever standard input is."""
    with socket.create_server((HOST, 0)) as listener, given(listener, "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        given_port = listener.getsockname()[1]
    assert line.startswith(b"listening on 127.0.0.1:")
    assert int(line.rpartition(b":")[2]) != given_port


def test_a_pipe_made_of_sockets_is_no_client() -> None:
    """A pair of nameless sockets, which some programs take for a pipe, is not served."""
    ours, theirs = socket.socketpair()
    with ours, theirs, given(theirs) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"listening on 127.0.0.1:")
