"""What comes in: read as the pace allows, and compared as it arrives."""

from __future__ import annotations

import errno
import fcntl
import socket
import termios
from array import array
from typing import TYPE_CHECKING

from harness.values.trace import SURPLUS_KEPT, Ending

if TYPE_CHECKING:
    from harness.driver.client import Client

READ_SIZE = 256 * 1024
"""Bytes a recv; larger ones gain nothing on loopback and cost cache."""
READ_LEAST = 16 * 1024
FIRST_INTERVAL = 0.25
"""Seconds until a segment without an answer is sent again: Linux takes 0.2, and may be late."""
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux


# --- stopping and going on ----------------------------------------------------------------------


def stop(client: Client) -> None:
    """Read no more until somebody says so."""
    if client.reading:
        client.stopped_at = client.loop.now
    client.reading = False
    client.want()


def go_on(client: Client) -> None:
    """Read again, and note for how long the peer may have been held up.

    A segment that found no room in our buffer is sent again at intervals that double (RFC 6298,
    section 5.5): after a time without room, about as long may pass until the next one.
    """
    if not client.reading and client.sock is not None and client.open:
        client.backed_off = client.loop.now - client.stopped_at + FIRST_INTERVAL
        client.held_back = client.received + _waiting_in(client.sock)
    client.reading = True


def resends_in(client: Client) -> float:
    """Seconds that the peer's system may need to go on, though the target did all it should."""
    return client.backed_off if client.received <= client.held_back else 0.0


def _waiting_in(sock: socket.socket) -> int:
    """Bytes that have come to ``sock`` and were not read yet."""
    size = array("i", [0])
    fcntl.ioctl(sock.fileno(), termios.FIONREAD, size)
    return size[0]


# --- reading ------------------------------------------------------------------------------------


def read(client: Client) -> None:
    """Read what is there, as the pace allows."""
    # A large buffer is mapped and unmapped by the system for each read.
    size = READ_LEAST
    if client.written - client.received >= READ_LEAST:
        size = min(READ_SIZE, client.written - client.received + 1)
    rounds = 4
    if client.pace is not None:
        size, rounds = client.pace.chunk or READ_SIZE, 1
    if not client.reading:
        size = max(1, min(size, client.read_target - client.received))
    for _ in range(rounds):
        if client.sock is None or not client.open:
            return
        try:
            data = client.sock.recv(size)
        except BlockingIOError:
            return
        except OSError as error:
            client.error = errno.errorcode.get(error.errno or 0, str(error))
            client.target_ended(Ending.RST)
            return
        if not data:
            client.target_ended(Ending.FIN)
            return
        _take(client, data)
        if client.pace is not None:
            _keep_pace(client)
        elif client.received < client.written and QUICKACK is not None:
            # More is owed.  A server that writes the rest in a second segment may be waiting
            # for our ACK (Nagle), and our system would delay that by 40 ms.
            client.sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        if not client.may_read or (len(data) < size and not _end_is_next(client)):
            return


def _end_is_next(client: Client) -> bool:
    """Whether the target's FIN is all that may come: mostly it is there with the last bytes."""
    return client.half_closed and client.received >= client.written


def _keep_pace(client: Client) -> None:
    assert client.pace is not None
    if client.pace.limit is not None and client.received >= client.read_target:
        client.pace = None
    elif client.pace.gap:
        client.read_not_before = client.loop.now + client.pace.gap
        client.loop.wake_at(client.read_not_before, client)


def _take(client: Client, data: bytes) -> None:
    """Compare what arrived with what was sent, as far as it was sent."""
    loop = client.loop
    if client.first_byte is None:
        client.first_byte = loop.now - loop.began
        client.was_accepted()
    if client.timeline is not None:
        client.note("received", len(data))
    start = client.received
    client.received += len(data)
    loop.moved = loop.now
    if client.clean:
        if client.received <= client.written and client.expected.startswith(data, start):
            client.echoed = client.received
            return
        same = common_prefix(data, client.expected[start : min(client.written, client.received)])
        client.echoed = start + same
        client.clean = False
        data = data[same:]
    room = SURPLUS_KEPT - len(client.surplus)
    if room > 0:
        client.surplus += data[:room]


def common_prefix(one: bytes, other: bytes) -> int:
    """The length of the longest common prefix, in O(n) comparisons done by memcmp."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
