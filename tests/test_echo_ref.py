"""The promises of `echo_ref`, one a test. Servers and clients are real, and only on loopback.

Nothing here sleeps until something has happened: a test waits for the thing itself (a line, the end
of a stream, the end of a process), for at most `PATIENCE` seconds, so a slow machine is only slow.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import queue
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest

import echo_ref
from echo_ref import echo, listen, serve
from echo_ref import server as server_module
from echo_ref.client import exchange

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 25.0  # seconds; reached only when something is broken
HOST = "127.0.0.1"
MIB = 2**20
OLDEST_MINOR = 8  # of Python 3

Address = tuple[str, int]


def random_bytes(size: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(size)


def clean_environment(**more: str) -> dict[str, str]:
    """Ours without what would change the interpreters (PYTHONPATH, ...) or the server (PORT)."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "PORT"
    }
    return {**ours, "PYTHONDONTWRITEBYTECODE": "1", **more}


class Server:
    """A server process. Its stdout is read all the time and kept, line by line."""

    def __init__(
        self,
        *arguments: str,
        python: str = sys.executable,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-W", "error", "-m", "echo_ref", *arguments],
            cwd=ROOT,
            env=clean_environment() if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.stderr = ""
        self._readers = [
            threading.Thread(target=self._read_stdout, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self.process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_stdout(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.put(line.rstrip("\n"))
        self._lines.put("")  # no line is empty: this is the end

    def _read_stderr(self, stream: IO[str]) -> None:
        with stream:
            self.stderr = stream.read()

    def line(self) -> str:
        """The next line of stdout; empty when there is no more."""
        return self._lines.get(timeout=PATIENCE)

    def address(self) -> Address:
        """The address in the next line, which must be the one that tells it."""
        line = self.line()
        match = re.fullmatch(r"listening on (?:\[(.+)\]|([^\[\]:]+)):(\d+)", line)
        assert match, f"not the address line: {line!r}"
        return match[1] or match[2], int(match[3])

    def ended(self) -> tuple[int, str]:
        """Wait for the end: exit status and stderr."""
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status, self.stderr

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.ended()


StartServer = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[StartServer]:
    """Starts servers, and ends them after the test."""
    with contextlib.ExitStack() as cleanup:

        def start_server(*arguments: str, **options: Any) -> Server:
            server = Server(*arguments, **options)
            cleanup.callback(server.end)
            return server

        yield start_server


@contextlib.contextmanager
def serving(buffer_size: int = 1024) -> Iterator[Address]:
    """`serve` in a thread of this process, for one connection."""
    with listen(HOST, 0) as listener:
        listener.settimeout(PATIENCE)
        thread = threading.Thread(
            target=serve, args=(listener,), kwargs={"buffer_size": buffer_size, "once": True}
        )
        thread.start()
        yield listener.getsockname()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not end after its connection"


def connect(address: Address) -> socket.socket:
    return socket.create_connection(address, PATIENCE)


def receive_exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        data = connection.recv(size - len(received))
        assert data, f"the stream ended after {len(received)} of {size} bytes"
        received += data
    return bytes(received)


def receive_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def reset(connection: socket.socket) -> None:
    """Close with RST: SO_LINGER on, 0 seconds."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fill(connection: socket.socket) -> bytes:
    """Send and never read, until nothing moves any more: the server is blocked in its send().

    Returns what was sent. The server reads all the time, except when it is blocked in send. So a
    second in which it took nothing says so; on a machine that slow that it took nothing for another
    reason, the tests that use this see a server in a more comfortable place, and still pass.
    """
    block = random_bytes(65521)  # a prime, so that a gap is no multiple of it
    sent = 0
    connection.settimeout(1.0)
    with contextlib.suppress(TimeoutError):
        while True:
            sent += connection.send(block[sent % len(block) :])
    connection.settimeout(PATIENCE)
    return (block * (sent // len(block) + 1))[:sent]


def one_line(text: str) -> str:
    assert text.count("\n") == 1, f"not one line: {text!r}"
    assert text.endswith("\n")
    return text.rstrip("\n")


def run_client(
    *arguments: str, data: bytes | None = None, python: str = sys.executable
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [python, "-W", "error", "-m", "echo_ref.client", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        input=b"" if data is None else data,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@contextlib.contextmanager
def running(module: str, *arguments: str, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is killed in the end if it still runs. Its stderr is a pipe."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", module, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams},
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@contextlib.contextmanager
def one_client(
    *message: str, **streams: Any
) -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """The client program, and the server's side of its connection, for the test to play."""
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(PATIENCE)
        port = str(listener.getsockname()[1])
        with running("echo_ref.client", port, *message, **streams) as process:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(PATIENCE)
                yield connection, process


@contextlib.contextmanager
def refusing_address() -> Iterator[Address]:
    """An address that surely refuses: somebody has it, and does not listen."""
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        yield holder.getsockname()


# The echo, in this process.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\0",
        bytes(range(256)),
        b"a line\r\nanother\rand the last",
        b"\xff\xfe not UTF-8 \xc3",
        b"quit\n",
        *(random_bytes(size) for size in (1023, 1024, 1025, 2048, 65537)),
    ],
    ids=lambda data: f"{len(data)}-bytes",
)
def test_bytes_come_back_unchanged(data: bytes) -> None:
    """Whatever the bytes are, and however many: the same come back, and nothing else."""
    with serving() as address:
        assert echo(address, data, timeout=PATIENCE) == data


@pytest.mark.parametrize("buffer_size", [1, 7, 1024, 65536])
def test_the_size_of_a_read_changes_nothing(buffer_size: int) -> None:
    """The bytes are the same with reads of any size."""
    data = random_bytes(20_000)
    with serving(buffer_size) as address:
        assert echo(address, data, timeout=PATIENCE) == data


def test_eight_mebibytes_both_ways() -> None:
    """More than the buffers of the system hold comes back whole, while both sides send."""
    data = random_bytes(8 * MIB)
    with serving() as address:
        assert echo(address, data, timeout=PATIENCE) == data


def test_a_chunk_of_any_size() -> None:
    """One chunk larger than all buffers is sent to its last byte."""
    data = random_bytes(24 * MIB)
    with serving(65536) as address, connect(address) as connection:
        assert b"".join(exchange(connection, [data])) == data


def test_each_message_comes_back_before_the_next_is_sent() -> None:
    """The server waits for no newline, no full buffer and no end."""
    with serving() as address, connect(address) as connection:
        for message in (b"a", b"no newline", random_bytes(1024), random_bytes(3000)):
            connection.sendall(message)
            assert receive_exactly(connection, len(message)) == message


def test_half_close_flushes() -> None:
    """A client that ends its side and reads only then gets all that it had sent, and the end."""
    data = random_bytes(100_000)  # fits into the buffers, so that sending needs no reader
    with serving() as address, connect(address) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert receive_to_the_end(connection) == data


def test_a_client_that_says_nothing_gets_nothing() -> None:
    """An end without data is answered by an end without data."""
    with serving() as address, connect(address) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert receive_to_the_end(connection) == b""


def test_serve_leaves_the_listener_open() -> None:
    """The listener belongs to the caller: it serves again."""
    with listen(HOST, 0) as listener:
        listener.settimeout(PATIENCE)
        for data in (b"first", b"second"):
            thread = threading.Thread(target=serve, args=(listener,), kwargs={"once": True})
            thread.start()
            assert echo(listener.getsockname(), data, timeout=PATIENCE) == data
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_serve_rejects_an_empty_buffer() -> None:
    """A read of 0 bytes would look like the end of the stream, so it is a ValueError."""
    with listen(HOST, 0) as listener, pytest.raises(ValueError, match="buffer_size"):
        serve(listener, buffer_size=0)


def test_serve_ends_with_its_listener() -> None:
    """A socket that can't accept is an OSError for the caller, not a loop."""
    listener = listen(HOST, 0)
    listener.close()
    with pytest.raises(OSError, match="descriptor"):
        serve(listener)


@pytest.mark.parametrize("port", [-1, 65536, 70000])
def test_listen_rejects_a_port_that_is_none(port: int) -> None:
    """A port out of range is a ValueError, and never another port."""
    with pytest.raises(ValueError, match="port"):
        listen(HOST, port)


class FailingListener:
    """accept() raises these errors one after another, and then hands out a connection."""

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)

    def accept(self) -> Any:
        if self.errors:
            code = self.errors.pop(0)
            raise OSError(code, os.strerror(code))
        return "connection", (HOST, 7)


@pytest.mark.parametrize(
    ("errors", "pauses"),
    [
        ((errno.ECONNABORTED, errno.ECONNABORTED), 0),
        ((errno.EMFILE,), 1),
        ((errno.ENFILE, errno.ENOBUFS, errno.ECONNABORTED, errno.ENOMEM), 3),
    ],
)
def test_accept_errors_pass(
    monkeypatch: pytest.MonkeyPatch, errors: Sequence[int], pauses: int
) -> None:
    """An accept that failed is tried again: at once if a client left, else after a pause."""
    paused: list[float] = []
    monkeypatch.setattr("echo_ref.server.time.sleep", paused.append)
    listener: Any = FailingListener(*errors)
    accepted: Any = server_module.accept(listener)
    assert accepted == ("connection", (HOST, 7))
    assert paused == [server_module.ACCEPT_PAUSE] * pauses


def test_the_names_of_the_package() -> None:
    """`from echo_ref import *` gives what __all__ lists, and other names are an AttributeError."""
    assert [getattr(echo_ref, name).__name__ for name in echo_ref.__all__] == echo_ref.__all__
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(echo_ref, "no_such_name")  # noqa: B009 - type checkers know it is not there


# The client, in this process.


def test_the_client_notices_an_early_end() -> None:
    """A server that ends before everything was sent is an error, not a short reply."""
    go_on = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"some"
        assert go_on.wait(PATIENCE)
        while True:
            yield b"more"

    with socket.create_server((HOST, 0)) as listener:
        client = connect(listener.getsockname())
        with client, listener.accept()[0] as connection:
            connection.settimeout(PATIENCE)
            replies = exchange(client, chunks())
            connection.sendall(b"hi")
            assert next(replies) == b"hi"
            assert receive_exactly(connection, 4) == b"some"
            connection.shutdown(socket.SHUT_WR)
            with pytest.raises(ConnectionAbortedError, match="before everything was sent"):
                next(replies)
            go_on.set()


def test_the_client_passes_on_what_its_source_raises() -> None:
    """An error of the data source ends the exchange, and the caller sees that error."""

    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise ZeroDivisionError("from the source")

    with (
        serving() as address,
        connect(address) as connection,
        pytest.raises(ZeroDivisionError, match="from the source"),
    ):
        b"".join(exchange(connection, chunks()))


def test_the_client_can_stop_in_the_middle() -> None:
    """Who wants no more replies closes the exchange: its sender ends, though it could not send."""
    before = set(threading.enumerate())
    with socket.create_server((HOST, 0)) as listener:
        client = connect(listener.getsockname())
        client.settimeout(None)
        with client, listener.accept()[0] as connection:
            connection.sendall(b"hi")
            replies: Any = exchange(client, itertools.repeat(random_bytes(65536)))
            assert next(replies) == b"hi"
            (sender,) = (thread for thread in set(threading.enumerate()) - before)
            replies.close()
            sender.join(PATIENCE)
            assert not sender.is_alive()


def test_the_client_runs_out_of_patience() -> None:
    """With a timeout, a server that never answers is a TimeoutError."""
    with socket.create_server((HOST, 0)) as listener, pytest.raises(TimeoutError):
        echo(listener.getsockname(), b"hello", timeout=0.05)


def test_the_client_raises_when_refused() -> None:
    """Nobody listens: ConnectionRefusedError."""
    with refusing_address() as address, pytest.raises(ConnectionRefusedError):
        echo(address, b"hello", timeout=PATIENCE)


# The server as a program.


def test_the_address_line(start: StartServer) -> None:
    """The first line tells the address, at once, and with port 0 it is a free port."""
    server = start("--port", "0")
    host, port = server.address()
    assert host == HOST
    assert port > 0
    assert echo((host, port), b"hello", timeout=PATIENCE) == b"hello"


def test_a_line_for_each_client(start: StartServer) -> None:
    """Each connection is announced when it is accepted, with the client's address."""
    server = start()
    address = server.address()
    for _ in range(2):
        with connect(address) as connection:
            host, port = connection.getsockname()
            assert server.line() == f"connection from {host}:{port}"


def test_one_client_after_another(start: StartServer) -> None:
    """Clients are served in turn, and each gets its own bytes only."""
    address = start().address()
    for number in range(20):
        data = random_bytes(3000, seed=number)
        assert echo(address, data, timeout=PATIENCE) == data


def test_clients_who_wait_are_served(start: StartServer) -> None:
    """Who connects while another is served waits in the queue, and is served in the end."""
    address = start().address()
    with contextlib.ExitStack() as cleanup:
        clients = [cleanup.enter_context(connect(address)) for _ in range(10)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number)
        for number, client in enumerate(clients):
            assert receive_exactly(client, 1) == b"%d" % number
            client.close()


def test_once_exits_0(start: StartServer) -> None:
    """With --once the server exits 0 after its first connection, and says nothing on stderr."""
    server = start("--once")
    data = random_bytes(100_000)
    assert echo(server.address(), data, timeout=PATIENCE) == data
    assert server.ended() == (0, "")


def test_once_exits_0_after_a_reset(start: StartServer) -> None:
    """A connection that broke was the one connection of --once."""
    server = start("--once")
    with connect(server.address()) as connection:
        server.line()
        reset(connection)
    assert "broke: " in server.line()
    assert server.ended() == (0, "")


def test_buffer_size_option(start: StartServer) -> None:
    """--buffer-size 1 is slow, and echoes the same bytes."""
    data = random_bytes(5000)
    assert echo(start("--buffer-size", "1").address(), data, timeout=PATIENCE) == data


def test_ipv6(start: StartServer) -> None:
    """--host ::1 listens on IPv6, and the line has the address in brackets."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError as error:
        pytest.skip(f"no IPv6 loopback address here: {error}")
    server = start("--host", "::1")
    address = server.address()
    assert address[0] == "::1"
    assert echo(address, b"hello", timeout=PATIENCE) == b"hello"
    assert server.line().startswith("connection from [::1]:")


def test_port_from_the_environment(start: StartServer) -> None:
    """Without --port, PORT in the environment is the port."""
    with socket.create_server((HOST, 0)) as holder:
        port = holder.getsockname()[1]
        server = start(environment=clean_environment(PORT=str(port)))
        status, stderr = server.ended()
    assert status == 1
    assert f"{HOST}:{port}" in one_line(stderr)


def test_the_option_wins_over_the_environment(start: StartServer) -> None:
    """With --port, PORT in the environment does not matter, even if it is no port."""
    server = start("--port", "0", environment=clean_environment(PORT="none"))
    assert server.address()[1] > 0


def test_an_empty_port_in_the_environment_is_none(start: StartServer) -> None:
    """An empty PORT is like no PORT: any free port."""
    assert start(environment=clean_environment(PORT="")).address()[1] >= 1024


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "none"],
        ["--port", ""],
        ["--port", "-1"],
        ["--port", "65536"],
        ["--port", "7_007"],
        ["--port", "9" * 5000],
        ["--port"],
        ["--buffer-size", "0"],
        ["--buffer-size", "1k"],
        ["--buffer-size", str(2**70)],
        ["--no-such-option"],
        ["one-too-many"],
    ],
    ids=lambda arguments: " ".join(arguments)[:24],
)
def test_wrong_arguments_exit_2(start: StartServer, arguments: list[str]) -> None:
    """A wrong argument is one line on stderr that names it, and exit status 2."""
    status, stderr = start(*arguments).ended()
    assert status == 2
    assert arguments[0] in one_line(stderr)


@pytest.mark.parametrize("port", ["none", "-1", "65536", "7007x"])
def test_a_wrong_port_in_the_environment_exits_2(start: StartServer, port: str) -> None:
    """A wrong PORT is one line that says where it comes from, and exit status 2."""
    status, stderr = start(environment=clean_environment(PORT=port)).ended()
    assert status == 2
    assert "environment variable PORT" in one_line(stderr)


def test_an_address_in_use_exits_1(start: StartServer) -> None:
    """Somebody listens there already: one line with the address, exit status 1."""
    with socket.create_server((HOST, 0)) as holder:
        port = holder.getsockname()[1]
        status, stderr = start("--port", str(port)).ended()
    assert status == 1
    line = one_line(stderr)
    assert f"{HOST}:{port}" in line
    assert os.strerror(errno.EADDRINUSE) in line


@pytest.mark.parametrize("host", ["", "no such host", "a..b", "x" * 300])
def test_a_host_that_is_none_exits_1(start: StartServer, host: str) -> None:
    """A host that can't be found is one line, exit status 1."""
    status, stderr = start("--host", host).ended()
    assert status == 1
    assert "cannot listen" in one_line(stderr)


# How it ends.

ENDINGS = [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
each_ending = pytest.mark.parametrize(("number", "status"), ENDINGS, ids=["SIGTERM", "Ctrl-C"])


@each_ending
def test_ends_while_it_waits(start: StartServer, number: signal.Signals, status: int) -> None:
    """SIGTERM (status 0) and Ctrl-C (130) end a server that waits for a client: no traceback."""
    server = start()
    server.address()
    server.process.send_signal(number)
    assert server.ended() == (status, "")


@each_ending
def test_ends_while_a_client_is_connected(
    start: StartServer, number: signal.Signals, status: int
) -> None:
    """The same with a connection open, which ends too."""
    server = start()
    with connect(server.address()) as connection:
        connection.sendall(b"hello")
        assert receive_exactly(connection, 5) == b"hello"
        server.process.send_signal(number)
        assert server.ended() == (status, "")
        assert receive_to_the_end(connection) == b""


@each_ending
def test_ends_while_it_is_blocked_in_send(
    start: StartServer, number: signal.Signals, status: int
) -> None:
    """The same when the client takes nothing and the server can't go on sending."""
    server = start()
    with connect(server.address()) as connection:
        fill(connection)
        server.process.send_signal(number)
        assert server.ended() == (status, "")


@each_ending
def test_ends_between_two_clients(start: StartServer, number: signal.Signals, status: int) -> None:
    """A signal just when a client has gone is never missed, at whatever step it comes."""
    for _ in range(5):
        server = start()
        address = server.address()
        for _ in range(5):
            assert echo(address, b"hello", timeout=PATIENCE) == b"hello"
        server.process.send_signal(number)
        assert server.ended() == (status, "")


def pause(server: Server) -> None:
    """Stop the server (SIGSTOP), wait until it is stopped, and let it go on (SIGCONT)."""
    server.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
    server.process.send_signal(signal.SIGCONT)
    os.waitid(os.P_PID, server.process.pid, os.WCONTINUED)


def test_ends_after_a_pause(start: StartServer) -> None:
    """A server that was stopped and continued still serves, and still ends."""
    server = start()
    address = server.address()
    pause(server)
    assert echo(address, b"hello", timeout=PATIENCE) == b"hello"
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_restarts_at_once_on_the_same_port(start: StartServer) -> None:
    """A server stopped with a connection open can be started again on its port at once."""
    # An address of our own: no other process's connection can be on this port in the meantime.
    pid = os.getpid()
    host = f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) % 256}.{1 + pid % 254}"
    server = start("--host", host)
    address = server.address()
    with connect(address) as connection:
        connection.sendall(b"hello")
        assert receive_exactly(connection, 5) == b"hello"
        server.process.send_signal(signal.SIGTERM)
        assert server.ended() == (0, "")
        assert receive_to_the_end(connection) == b""
    # The proof that the port is not simply free: a socket without SO_REUSEADDR does not get it.
    with socket.socket() as plain, pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        plain.bind(address)
    again = start("--host", host, "--port", str(address[1]))
    assert again.address() == address
    assert echo(address, b"hello", timeout=PATIENCE) == b"hello"


# What it survives.


def reset_idle(connection: socket.socket) -> None:
    reset(connection)


def reset_with_an_echo_unread(connection: socket.socket) -> None:
    connection.sendall(random_bytes(5000))
    receive_exactly(connection, 1)
    reset(connection)


def reset_while_it_sends(connection: socket.socket) -> None:
    fill(connection)
    reset(connection)


@pytest.mark.parametrize("leave", [reset_idle, reset_with_an_echo_unread, reset_while_it_sends])
def test_survives_a_client_that_resets(
    start: StartServer, leave: Callable[[socket.socket], None]
) -> None:
    """A connection that breaks costs a line on stdout; the next client is served as ever."""
    server = start()
    address = server.address()
    with connect(address) as connection:
        assert server.line().startswith("connection from ")
        leave(connection)
    assert "broke: " in server.line()
    assert echo(address, b"hello", timeout=PATIENCE) == b"hello"
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == (0, "")


def test_an_interrupted_send_loses_nothing(start: StartServer) -> None:
    """A pause cuts a blocked send() short (so does Linux); the rest of its bytes follows."""
    server = start()
    with connect(server.address()) as connection:
        sent = fill(connection)
        for _ in range(8):
            pause(server)
        connection.shutdown(socket.SHUT_WR)
        received = receive_to_the_end(connection)
    assert len(received) == len(sent)
    assert received == sent


def test_survives_a_client_gone_before_it_was_accepted(start: StartServer) -> None:
    """Clients that reset while they waited in the queue keep nobody from being served."""
    address = start().address()
    with connect(address) as first:
        for _ in range(3):
            reset(connect(address))
        first.sendall(b"hello")
        assert receive_exactly(first, 5) == b"hello"
    assert echo(address, b"hello", timeout=PATIENCE) == b"hello"


def test_survives_a_closed_stdout() -> None:
    """When nobody reads its lines any more, the server serves on, and exits as ever."""
    with running("echo_ref", "--once", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(b":")[2])
        process.stdout.close()  # the next line, about the client, gives EPIPE
        assert echo((HOST, port), b"hello", timeout=PATIENCE) == b"hello"
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit and /proc")
def test_survives_a_famine_of_descriptors(start: StartServer) -> None:
    """With no descriptor left the server says so, waits, and serves the client when it has one."""
    server = start()
    address = server.address()
    pid = server.process.pid
    used = {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    lowest_free = next(number for number in range(len(used) + 1) if number not in used)
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    with connect(address) as first:
        # Only now: Linux gives accept() its descriptor before it begins to wait.
        first.sendall(b"hello")
        assert receive_exactly(first, 5) == b"hello"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, hard))
    assert server.line().startswith("connection from ")
    with connect(address) as connection:
        connection.sendall(b"hello")
        line = server.line()
        assert line == f"cannot accept a connection now: {os.strerror(errno.EMFILE)}"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert receive_exactly(connection, 5) == b"hello"
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == (0, "")


# The client as a program.


def test_client_program_sends_its_message(start: StartServer) -> None:
    """The bytes of MESSAGE, just as they are, come back on stdout; no newline is added."""
    port = str(start().address()[1])
    for message in ("hello", "", "größe", os.fsdecode(b"\xff\xfe")):
        done = run_client(port, message)
        assert (done.returncode, done.stdout, done.stderr) == (0, os.fsencode(message), b"")


@pytest.mark.parametrize("size", [0, 1, 100_000, 24 * MIB])
def test_client_program_sends_standard_input(start: StartServer, size: int) -> None:
    """Standard input of any size comes back on stdout: no deadlock, though the server blocks."""
    data = random_bytes(size)
    done = run_client(str(start().address()[1]), data=data)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == data


def test_client_program_when_refused() -> None:
    """Nobody listens: one line with the address and the reason, exit status 1."""
    with refusing_address() as (host, port):
        done = run_client(str(port), "hello")
    assert (done.returncode, done.stdout) == (1, b"")
    line = one_line(done.stderr.decode())
    assert f"{host}:{port}" in line
    assert os.strerror(errno.ECONNREFUSED) in line


def test_client_program_when_reset() -> None:
    """The server resets: one line, exit status 1, and what had come back is on stdout."""
    with one_client("hello", stdout=subprocess.PIPE) as (connection, process):
        connection.sendall(receive_to_the_end(connection))
        assert process.stdout is not None
        assert process.stdout.read(5) == b"hello"
        reset(connection)
        _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert os.strerror(errno.ECONNRESET) in one_line(stderr.decode())


def test_client_program_when_the_server_ends_early() -> None:
    """The server ends first, and more input could come: one line, exit status 1, no hanging."""
    with one_client(stdin=subprocess.PIPE) as (connection, process):
        connection.close()
        assert process.wait(PATIENCE) == 1  # while its standard input is still open
        assert process.stderr is not None
        assert "before everything was sent" in one_line(process.stderr.read().decode())


def test_client_program_ends_on_ctrl_c() -> None:
    """Ctrl-C ends the client by that signal, with no traceback."""
    with one_client("hello") as (connection, process):
        assert receive_to_the_end(connection) == b"hello"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stderr) == (-signal.SIGINT, b"")


def test_client_program_with_closed_stdout() -> None:
    """Nobody reads the output: one line that says so, exit status 1."""
    with one_client("hello", stdout=subprocess.PIPE) as (connection, process):
        assert process.stdout is not None
        process.stdout.close()
        connection.sendall(receive_to_the_end(connection))
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert "standard output" in one_line(process.stderr.read().decode())


def test_client_program_with_input_it_cannot_read() -> None:
    """Standard input can only be written: one line that says so, exit status 1."""
    with Path(os.devnull).open("wb") as unreadable, one_client(stdin=unreadable) as (_, process):
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert "standard input" in one_line(process.stderr.read().decode())


@pytest.mark.parametrize("arguments", [[], ["0"], ["http"], ["65536"], ["7", "a", "b"]], ids=str)
def test_client_program_with_wrong_arguments(arguments: list[str]) -> None:
    """A wrong argument is one line on stderr, exit status 2."""
    done = run_client(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    one_line(done.stderr.decode())


# Every Python.


def interpreters() -> dict[int, list[str]]:
    """Candidates for each Python 3.X that this machine seems to have, by X; none is started."""
    found: dict[int, list[str]] = {sys.version_info.minor: [sys.executable]}
    folders = sorted((Path.home() / ".pyenv" / "versions").glob("*/bin"))
    folders += [Path(folder) for folder in os.get_exec_path() if folder]
    for folder in folders:
        for path in sorted(folder.glob("python3.*")):
            match = re.fullmatch(r"python3\.(\d+)", path.name)
            if match and int(match[1]) >= OLDEST_MINOR and shutil.which(path):
                found.setdefault(int(match[1]), []).append(str(path))
    return dict(sorted(found.items()))


def usable(candidates: Sequence[str], minor: int) -> str | None:
    """The first candidate that starts and is that Python (a shim of a version manager may not)."""
    for candidate in candidates:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(
                [candidate, "-c", "import sys; print(sys.version_info[:2])"],
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            if done.returncode == 0 and done.stdout.strip() == f"(3, {minor})":
                return candidate
    return None


@pytest.mark.parametrize(
    ("minor", "candidates"),
    [pytest.param(minor, paths, id=f"python3.{minor}") for minor, paths in interpreters().items()],
)
def test_works_with_every_python(start: StartServer, minor: int, candidates: Sequence[str]) -> None:
    """Server and client do what they should with each Python from 3.8, without a warning."""
    python = usable(candidates, minor)
    if python is None:
        pytest.skip(f"no python3.{minor} that starts: {', '.join(candidates)}")
    server = start(python=python)
    port = server.address()[1]
    data = random_bytes(MIB)
    done = run_client(str(port), data=data, python=python)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == data
    with connect((HOST, port)) as connection:
        connection.sendall(b"hello")
        assert receive_exactly(connection, 5) == b"hello"
        server.process.send_signal(signal.SIGTERM)
        assert server.ended() == (0, "")
    refused = run_client("none", python=python)
    assert refused.returncode == 2
    one_line(refused.stderr.decode())
    once = start("--once", python=python)
    assert echo(once.address(), data, timeout=PATIENCE) == data
    assert once.ended() == (0, "")
