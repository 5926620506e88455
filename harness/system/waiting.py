"""Bytes that wait between two ends of a connection, in the buffers of the system."""

from __future__ import annotations

import socket

from harness.system import sock_diag
from harness.system.sock_diag import Elsewhere, Unavailable


def untaken(client: socket.socket) -> int | None:
    """Bytes that ``client``, which has half-closed, sent and the server has not read yet.

    They wait in either system's buffers; the end counts as one.  None when that cannot be told.
    """
    try:
        ours, theirs = client.getsockname()[:2], client.getpeername()[:2]
        with sock_diag.asking(client.through if isinstance(client, Elsewhere) else None) as diag:
            server = sock_diag.find(diag, client.family, theirs, ours)
            waiting = sock_diag.find(diag, client.family, ours, theirs)
    except (Unavailable, OSError):
        return None
    if server is None:
        return None
    return server.unread + (waiting.unacknowledged if waiting else 0)
