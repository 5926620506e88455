"""The echo service for datagrams: each that arrives is sent back to where it came from.

RFC 862 has it beside the one for streams: "when a datagram is received, the data from it is sent
back in an answering datagram." There is no connection and no end. What is lost stays lost: UDP
promises nothing, so its echo can't either.
"""

from __future__ import annotations

import socket

from echo_ref.words import format_address, reason, say

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from typing import Any

# Bytes, more than the largest datagram has (65,507 over IPv4). What does not fit into the buffer of
# a read is thrown away, it does not wait for the next read as in a stream.
BUFFER_SIZE = 65536
# Services that answer whatever they get: echo, daytime, quotes, chargen. A question that claims to
# come from one of them would be answered for ever (CERT advisory CA-1996-01).
ANSWERING_PORTS = frozenset({7, 13, 17, 19})


def bind(host: str, port: int) -> socket.socket:
    """A datagram socket on `host` (a name or an IP address, 4 or 6) and `port` (0: any free).

    The caller closes it. Raises `OSError` if the address is unknown, in use or not allowed, and
    `UnicodeError` if `host` can't be a name.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        # Without SO_REUSEADDR: UDP has no TIME-WAIT, and on Linux two servers that both set it
        # would share the port, where the second gets what was meant for the first.
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def serve_datagrams(bound: socket.socket, *, once: bool = False) -> None:
    """Answer each datagram that arrives on `bound`. `once`: only the first, then return.

    `bound` is a blocking datagram socket, and is left open. An empty datagram is one too, and is
    answered by one. Raises `OSError` if nothing can be received (any more).
    """
    while True:
        data, client = receive(bound)
        if not client or (isinstance(client, tuple) and client[1] in ANSWERING_PORTS):
            continue  # a Unix socket without a name can't be answered
        try:
            bound.sendto(data, client)
        except OSError as error:
            # Nobody is there, or the network is full: that is the end of this datagram only.
            say(f"no answer to {format_address(client)}: {reason(error)}")
        if once:
            return


def receive(bound: socket.socket) -> tuple[bytes, Any]:
    """Wait for the next datagram: its bytes, and where it came from. Raises `OSError`."""
    while True:
        try:
            return bound.recvfrom(BUFFER_SIZE)
        except ConnectionError:
            # An earlier answer found nobody there. Systems tell that in the next call that comes.
            continue
