"""Which library serves with which kind of handler.  It is imported when it is needed."""

from __future__ import annotations

import socket
from typing import Any

from harness.hosting import kinds, threads
from harness.hosting.places import Place, open_socket

STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM


def serve(kind: str, handler: Any, place: Place) -> None:
    """Listen at ``place``, and serve with ``handler`` until the process is ended.

    ``kind``: one of ``harness.hosting.naming.KINDS``.  Raises Unfit if the address cannot be had,
    or if a library is not installed.
    """
    match kind:
        case "socket":
            both = kinds.takes_address(handler)
            threads.serve_function(open_socket(place, STREAM), handler, with_address=both)
        case "socketserver":
            threads.serve_requests(open_socket(place, STREAM), handler)
        case "socketserver-udp":
            threads.serve_requests(open_socket(place, DATAGRAM), handler)
        case _:
            _serve_in_loop(kind, handler, place)


def _serve_in_loop(kind: str, handler: Any, place: Place) -> None:
    from harness.hosting import loops

    match kind:
        case "streams":
            loops.serve_streams(open_socket(place, STREAM), handler)
        case "protocol":
            loops.serve_protocol(open_socket(place, STREAM), handler)
        case "datagram-protocol":
            loops.serve_datagram_protocol(open_socket(place, DATAGRAM), handler)
        case "trio":
            loops.serve_trio(handler, place)
        case "anyio":
            loops.serve_anyio(handler, place)
