"""A blocking echo client: it sends a message, or standard input, and prints what comes back.

    python -m echo_ref.client [--host H] PORT [MESSAGE]

The bytes pass unchanged, both ways; nothing is added, no newline either. A MESSAGE that begins with
a dash goes after `--`.

Exit status: 0 when all was sent and the server then ended the connection in good order (whether it
sent back the same bytes is for the reader to see); 1 after an error, with a line on stderr; 2 for a
wrong argument.
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

from echo_ref.arguments import OneLineParser, whole_number
from echo_ref.words import discard_stdout, format_address, reason

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK = 64 * 1024  # bytes handled at once; any number would do, a large one needs fewer calls


def echo(address: tuple[str, int], data: bytes, *, timeout: float | None = None) -> bytes:
    """Send `data` (of any size) to the server at `address` (host, port); returns all it sends back.

    `timeout` is in seconds without any progress, None: for ever. Raises `OSError`: among others
    `ConnectionRefusedError`, `ConnectionResetError`, `socket.timeout`, and what `exchange` raises.
    """
    chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
    with socket.create_connection(address, timeout) as connection:
        return b"".join(exchange(connection, chunks))


def exchange(connection: socket.socket, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Send `chunks`, then half-close; meanwhile yield what comes back, cut in no particular way.

    A thread sends while the caller receives. A client that wrote everything before it read anything
    could wait for ever: when nobody takes its answers a blocking server stops reading, and then the
    client can't go on writing.

    Raises `OSError` when the connection breaks, `ConnectionAbortedError` when the server ends it
    before everything was sent, and whatever `chunks` raises.
    """
    everything_sent = threading.Event()
    failures: list[Exception] = []

    def send() -> None:
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            # Set before the half-close: a server that answers it with its own end is not too early.
            everything_sent.set()
            connection.shutdown(socket.SHUT_WR)
        except Exception as error:
            failures.append(error)
            # The receiver must not wait for answers to what was never sent. Only this direction: if
            # both were shut, answers on their way would be reset, and that would hide this error.
            shut(connection, socket.SHUT_RD)

    # A daemon, because reading standard input can't be interrupted: it must not hold up the exit.
    threading.Thread(target=send, name="sender", daemon=True).start()
    try:
        while True:
            data = connection.recv(CHUNK)
            if not data:
                break
            yield data
    finally:
        # To close it would not wake a sender that is blocked in send(), this does.
        shut(connection, socket.SHUT_RDWR)
    if not everything_sent.is_set():
        if failures:
            raise failures[0]
        raise ConnectionAbortedError(
            errno.ECONNABORTED, "the server ended the connection before everything was sent"
        )


def shut(connection: socket.socket, how: int) -> None:
    """Shut one or both directions of `connection`, even a broken one: wakes who waits for it."""
    with contextlib.suppress(OSError):
        connection.shutdown(how)


def standard_input() -> Iterator[bytes]:
    """Standard input as it comes, in chunks. Raises `OSError` if it can't be read."""
    while True:
        try:
            # Not sys.stdin.buffer.read, which would wait until it has the whole chunk; and a thread
            # left waiting in it makes Python abort at exit, as it holds the lock of that file.
            data = os.read(sys.stdin.fileno(), CHUNK)
        except OSError as error:
            raise OSError(error.errno, f"standard input: {reason(error)}") from error
        if not data:
            return
        yield data


def write_out(data: bytes) -> None:
    """Write `data` to standard output now. Raises `OSError` if it can't be written."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        discard_stdout()
        raise OSError(error.errno, f"standard output: {reason(error)}") from error


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The settings from `argv` (None: the command line)."""
    parser = OneLineParser(prog="echo_ref.client", description="A blocking echo client.")
    parser.add_argument("--host", default="127.0.0.1", help="the server's host (%(default)s)")
    parser.add_argument("port", metavar="PORT", type=whole_number(1, 65535))
    parser.add_argument(
        "message", metavar="MESSAGE", nargs="?", help="what to send (default: standard input)"
    )
    arguments = parser.parse_args(argv)
    # Python has None for a standard stream that was closed when it started.
    if sys.stdout is None or (arguments.message is None and sys.stdin is None):
        parser.error("standard input or standard output is closed")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client with `argv` (None: the command line); returns the exit status."""
    arguments = parse_arguments(argv)
    # Ctrl-C ends a client in the system's own way, at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    address = (arguments.host, arguments.port)
    # fsencode gives the bytes of the command line as they were, in whatever encoding.
    message = arguments.message
    chunks = standard_input() if message is None else iter([os.fsencode(message)])
    try:
        with socket.create_connection(address) as connection:
            for data in exchange(connection, chunks):
                write_out(data)
    except (OSError, UnicodeError) as error:
        print(f"echo_ref.client: {format_address(address)}: {reason(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
