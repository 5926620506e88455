"""Looking again and again at what nobody announces."""

from __future__ import annotations

from harness.driver.client import Client
from harness.system.backlog import Backlog

LOOK_EVERY = 0.005
"""Seconds between two looks at a state that nobody announces (asleep, quiet, released)."""
ROOM_EVERY = 0.002
"""The same for room in a full backlog, which most servers make at once."""


def has_room(client: Client, backlog: Backlog) -> bool:
    """Whether another connection can wait in ``backlog``; if not, the step is looked at again."""
    if backlog.has_room():
        return True
    client.loop.wake_at(client.loop.now + ROOM_EVERY, client)
    return False


def holds_still(client: Client, state: object, seconds: float) -> bool:
    """Whether ``state`` has been the same for ``seconds``; if not, the step is looked at again.

    Uses ``client.scratch``.
    """
    loop = client.loop
    before, since = client.scratch if isinstance(client.scratch, tuple) else (None, 0.0)
    if state != before:
        since = loop.now
        client.scratch = (state, since)
    if loop.now - since >= seconds:
        return True
    loop.wake_at(min(since + seconds, loop.now + 4 * LOOK_EVERY), client)
    return False
