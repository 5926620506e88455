"""A blocking echo server: one client at a time, all that it sends is sent back.

    python -m echo_ref [--host H] [--port N] [--buffer-size BYTES] [--once]

RFC 862 has the rule: "any data received is sent back", until the client ends the connection. Start
with `echo_until_end`, the lesson itself; then `serve` and `listen`. The rest is about ending well.

Every call blocks: a client that connects and says nothing keeps the clients behind it waiting.

Exit status: 0 after SIGTERM, or after the one connection of --once; 130 after Ctrl-C (SIGINT);
1 if the address can't be listened on; 2 for a wrong argument or a wrong PORT in the environment.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import socket
import sys
import threading
import time

TYPE_CHECKING = False  # type checkers take it as true; `typing` itself is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

BUFFER_SIZE = 1024  # bytes asked for in one read: the number that the textbooks use
LARGEST_BUFFER = 2**30  # bytes; recv allocates what it is asked for, so a slip must not take it all
ACCEPT_PAUSE = 0.1  # seconds to wait when the system has no descriptor or memory for a connection

# accept() answers with these when the listening socket itself is no good: trying again is no help.
UNUSABLE_LISTENER = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP})


def echo_until_end(connection: socket.socket, buffer_size: int = BUFFER_SIZE) -> None:
    """Send back all that arrives on `connection` until its client has no more to send.

    `buffer_size` is in bytes, the most that one read takes. Raises `OSError` when the connection
    breaks (`ConnectionResetError`, `BrokenPipeError`: the client went away).
    """
    while True:
        data = connection.recv(buffer_size)
        # POSIX, recv(): nothing to read and "the peer has performed an orderly shutdown" is the
        # length 0. An empty read is the end; it never means "nothing yet", that is what blocks.
        if not data:
            return
        # send() may take only a part of the data, and says how much. sendall() sends the rest too.
        connection.sendall(data)


def serve(listener: socket.socket, *, buffer_size: int = BUFFER_SIZE, once: bool = False) -> None:
    """Serve the clients of `listener` one after another, each to its end. `once`: only the first.

    `listener` is a blocking socket that listens, see `listen`; it is left open. `buffer_size` is in
    bytes, see `echo_until_end`. Prints a line on stdout for each connection. A connection that
    breaks is over, and the next one is served. Raises `ValueError` for a `buffer_size` below 1, and
    `OSError` if `listener` itself can't be used (any more).
    """
    if buffer_size < 1:
        # recv(0) returns b"" at once, which would look like the end of every connection.
        raise ValueError(f"buffer_size must be at least 1, not {buffer_size}")
    while True:
        connection, address = accept(listener)
        client = format_address(address)
        say(f"connection from {client}")
        try:
            with connection:
                echo_until_end(connection, buffer_size)
        except OSError as error:
            say(f"connection from {client} broke: {reason(error)}")
        if once:
            return


def accept(listener: socket.socket) -> tuple[socket.socket, Any]:
    """Wait for the next client: the connection to it, and its address.

    Errors that pass are waited out. Raises `OSError` if `listener` itself can't be used (any more).
    """
    while True:
        try:
            return listener.accept()
        except ConnectionAbortedError:
            continue  # POSIX, accept(): this client left while it waited. There may be others.
        except OSError as error:
            if error.errno in UNUSABLE_LISTENER:
                raise
            # EMFILE, ENFILE, ENOBUFS, ENOMEM: the client stays in the queue, so accept() would fail
            # again at once, and the loop would burn the processor until a descriptor is free.
            say(f"cannot accept a connection now: {reason(error)}")
            time.sleep(ACCEPT_PAUSE)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` (a name or an IP address, 4 or 6) and `port` (0: any free).

    The caller closes it. Raises `OSError` if the address is unknown, in use or not allowed,
    `UnicodeError` if `host` can't be a name, and `ValueError` if `port` is not in 0 to 65535.
    """
    if not 0 <= port <= 65535:
        # getaddrinfo() of some systems would take 70000 for 4464.
        raise ValueError(f"port must be in 0 to 65535, not {port}")
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # The side that closes first stays in TIME-WAIT (RFC 9293, 3.6.1). If that was the server,
        # its port is taken for a minute: without this option, a restart would fail.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


def end_on_signals() -> None:
    """From now on SIGTERM ends the process with status 0, SIGINT (Ctrl-C) with 130, at any moment.

    Python runs a signal handler between two steps of the main thread. If a signal came right after
    the last step before accept(), recv() or send(), its handler would run when that call returns:
    perhaps never. So the signals are blocked, and a thread that does nothing else waits for them.
    """
    status = {signal.SIGTERM: 0, signal.SIGINT: 130}
    signal.pthread_sigmask(signal.SIG_BLOCK, status)

    def wait() -> NoReturn:
        # _exit, because the main thread is in a call that nothing else ends. Nothing is lost: every
        # line was flushed, and the system closes the sockets.
        os._exit(status[signal.Signals(signal.sigwait(status))])

    threading.Thread(target=wait, name="signals", daemon=True).start()


def say(line: str) -> None:
    """Print `line` on stdout now. If nobody reads it any more, the server goes on without."""
    try:
        print(line, flush=True)
    except OSError:
        discard_stdout()


def discard_stdout() -> None:
    """From now on what is printed goes nowhere. Else Python tries once more, and fails, at exit."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def format_address(address: tuple[Any, ...]) -> str:
    """`address`, as the socket module has it, in words: 127.0.0.1:7007 or [::1]:7007."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reason(error: Exception) -> str:
    """What went wrong, without the number: "Connection reset by peer"."""
    return getattr(error, "strerror", None) or str(error)


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong; how it is right is in --help."""
        self.exit(2, f"{self.prog}: {message}\n")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of arguments that takes whole numbers from `low` to `high`, written in digits."""

    def read(text: str) -> int:
        # int() alone would also take "1_000", " 7 " and the digits of every other script.
        if text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")

    return read


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The settings from `argv` (None: the command line) and from PORT in the environment."""
    parser = OneLineParser(prog="echo_ref", description="A blocking echo server.")
    port = whole_number(0, 65535)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    parser.add_argument(
        "--port",
        type=port,
        help="0: any free port (default: PORT in the environment; 0 if that is unset or empty)",
    )
    parser.add_argument(
        "--buffer-size",
        metavar="BYTES",
        type=whole_number(1, LARGEST_BUFFER),
        default=BUFFER_SIZE,
        help="the most that one read takes (%(default)s)",
    )
    parser.add_argument("--once", action="store_true", help="serve one connection, then exit")
    arguments = parser.parse_args(argv)
    if arguments.port is None:
        try:
            arguments.port = port(os.environ.get("PORT") or "0")
        except argparse.ArgumentTypeError as error:
            parser.error(f"environment variable PORT: {error}")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server with `argv` (None: the command line); returns the exit status."""
    arguments = parse_arguments(argv)
    end_on_signals()
    try:
        listener = listen(arguments.host, arguments.port)
    except (OSError, UnicodeError) as error:
        where = format_address((arguments.host, arguments.port))
        print(f"echo_ref: cannot listen on {where}: {reason(error)}", file=sys.stderr)
        return 1
    with listener:
        say(f"listening on {format_address(listener.getsockname())}")
        serve(listener, buffer_size=arguments.buffer_size, once=arguments.once)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
