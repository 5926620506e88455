"""The command line of the server: which of its services is wanted, and where.

    python -m echo_ref [--host H] [--port N] [--buffer-size BYTES] [--once]
    python -m echo_ref --udp [--host H] [--port N] [--once]
    python -m echo_ref --unix PATH [--buffer-size BYTES] [--once]

A socket that was handed over (see `echo_ref.given`) is served unless the command line says where to
listen.

Exit status: 0 after SIGTERM, after the one connection (or datagram) of --once, and after the one
connection of inetd; 130 after Ctrl-C (SIGINT); 1 if the address or the given socket can't be used;
2 for a wrong argument or a wrong PORT in the environment.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys

from echo_ref.arguments import OneLineParser, whole_number
from echo_ref.ending import end_on_signals, hold_signals
from echo_ref.given import given_socket
from echo_ref.server import BUFFER_SIZE, listen, serve, serve_one
from echo_ref.words import format_address, reason, say

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_BUFFER = 2**30  # bytes; recv allocates what it is asked for, so a slip must not take it all


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server with `argv` (None: the command line); returns the exit status."""
    arguments = parse_arguments(argv)
    try:
        given = None if names_place(arguments) else given_socket()
    except (OSError, ValueError) as error:
        return complain("cannot take the socket that was given", error)
    with contextlib.ExitStack() as at_end:
        if given is not None:
            end_on_signals()
            serve_by(at_end.enter_context(given), arguments)
            return 0
        try:
            opened = open_socket(arguments, at_end)
        except (OSError, UnicodeError) as error:
            return complain(f"cannot listen on {place(arguments)}", error)
        serve_by(opened, arguments)
    return 0


def complain(what: str, error: Exception) -> int:
    """Say `what` can't be done, and why; returns the exit status."""
    print(f"echo_ref: {what}: {reason(error)}", file=sys.stderr)
    return 1


def open_socket(arguments: argparse.Namespace, at_end: contextlib.ExitStack) -> socket.socket:
    """The socket that the command line asks for. Raises `OSError` and `UnicodeError`.

    From now on signals end the process. If it ends otherwise, `at_end` closes what was opened.
    """
    if arguments.unix is not None:
        from echo_ref.unix import UnixListener

        hold_signals()  # whoever makes a file must know of it before he can end
        listener = UnixListener(arguments.unix)
        end_on_signals(listener.remove_file)
        at_end.enter_context(listener.socket)
        # First of all: once the socket is closed, another's file may look like ours (inode number).
        at_end.callback(listener.remove_file)
        return listener.socket
    end_on_signals()
    if arguments.udp:
        from echo_ref.datagrams import bind

        return at_end.enter_context(bind(arguments.host, arguments.port))
    return at_end.enter_context(listen(arguments.host, arguments.port))


def serve_by(ours: socket.socket, arguments: argparse.Namespace) -> None:
    """Serve whoever comes by `ours`: it takes datagrams, or listens, or has its client already."""
    if ours.type == socket.SOCK_DGRAM:
        from echo_ref.datagrams import serve_datagrams

        say(f"listening on udp://{format_address(ours.getsockname())}")
        serve_datagrams(ours, once=arguments.once)
    elif ours.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        say(f"listening on {format_address(ours.getsockname())}")
        serve(ours, buffer_size=arguments.buffer_size, once=arguments.once)
    else:
        serve_one(ours, "the client that was given", arguments.buffer_size)


def place(arguments: argparse.Namespace) -> str:
    """Where the command line says to listen, in words."""
    if arguments.unix is not None:
        return f"unix:{arguments.unix}"
    address = format_address((arguments.host, arguments.port))
    return f"udp://{address}" if arguments.udp else address


def names_place(arguments: argparse.Namespace) -> bool:
    """Whether the command line itself says where to listen; PORT in the environment does not."""
    return bool(arguments.named or arguments.udp or arguments.unix is not None)


def socket_path(text: str) -> str:
    """A reader of arguments that takes the name of a Unix socket."""
    if text in ("", "@"):  # the system would choose a name, which nobody knows
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The settings from `argv` (None: the command line) and from PORT in the environment."""
    parser = OneLineParser(prog="echo_ref", description="A blocking echo server.")
    port = whole_number(0, 65535)
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--udp", action="store_true", help="answer datagrams")
    kinds.add_argument(
        "--unix",
        metavar="PATH",
        type=socket_path,
        help="listen on a Unix socket; @NAME: on one without a file",
    )
    parser.add_argument("--host", help="where to listen (default: 127.0.0.1)")
    parser.add_argument(
        "--port",
        type=port,
        help="0: any free port (default: PORT in the environment; 0 if that is unset or empty)",
    )
    parser.add_argument(
        "--buffer-size",
        metavar="BYTES",
        type=whole_number(1, LARGEST_BUFFER),
        help=f"the most that one read takes ({BUFFER_SIZE})",
    )
    parser.add_argument(
        "--once", action="store_true", help="serve one connection (or datagram), then exit"
    )
    arguments = parser.parse_args(argv)
    arguments.named = arguments.host is not None or arguments.port is not None
    if arguments.unix is not None and arguments.named:
        parser.error("argument --unix: not allowed with --host or --port")
    if arguments.udp and arguments.buffer_size is not None:
        # A datagram that is larger than the buffer would lose the rest.
        parser.error("argument --buffer-size: not allowed with --udp, where each read takes all")
    if arguments.port is None:
        try:
            arguments.port = port(os.environ.get("PORT") or "0")
        except argparse.ArgumentTypeError as error:
            parser.error(f"environment variable PORT: {error}")
    arguments.host = "127.0.0.1" if arguments.host is None else arguments.host
    arguments.buffer_size = arguments.buffer_size or BUFFER_SIZE
    return arguments
