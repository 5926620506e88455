"""Between conversations and connections: what the one wants is done with the other, and told."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable
from typing import Any

from harness.driver.actions import Bytes, Close, HalfClose, Look, Open, Rest, Urgent, Write
from harness.driver.client import Client
from harness.driver.incoming import READ_LEAST, READ_SIZE
from harness.driver.looking import ROOM_EVERY
from harness.driver.poller import READ, WRITE, Poller
from harness.driver.rim import transport_to
from harness.driver.streams import name_of
from harness.driver.transport import Transport
from harness.driver.world import World
from harness.system import tree
from harness.values.plan import AwaitRelease
from harness.values.trace import Ending

FULL = "EAGAIN"
"""Connecting to a Unix socket whose backlog is full fails with it; it is no refusal."""


class Traffic:
    """The connections of one performance."""

    def __init__(self, world: World[Client]) -> None:
        self.world = world
        self.poller: Poller[Client | None] = Poller()
        self._remembers_ports = AwaitRelease in world.kinds
        self.carry_out: dict[type, Callable[[Client, Any], bool]] = {
            Open: self.open,
            Write: self.write,
            HalfClose: self.half_close,
            Close: self.close,
            Urgent: self.urgent,
            Look: self.look,
        }
        """What is wanted to who does it; that says whether the script may go on."""

    # --- opening --------------------------------------------------------------------------------

    def open(self, client: Client, what: Open) -> bool:
        """Begin to connect.  Raises MachineProblem when the machine has no socket or port left."""
        world, way = self.world, client.way
        if way is None:
            if world.rate is not None and not world.may_connect(client):
                return False
            if client.instance is None:
                client.instance = world.acquire()
            client.way = way = world.way_to(client.instance)
        backlog = way.backlog
        if not backlog.has_room():
            world.wake_at(world.now + ROOM_EVERY, client)
            return False
        transport = transport_to(way, what.receive_buffer)
        opened = transport.open(what)
        if opened.refused == FULL:
            transport.close(abort=False)
            backlog.was_full()
            world.wake_at(world.now + ROOM_EVERY, client)
            return False
        client.place, client.transport = backlog.begin(), transport
        world.now = now = world.clock()
        talk = client.talk
        if opened.up:
            talk.began(opened.written, opened.ended, now)
            if self._remembers_ports:
                client.local_port = transport.local_port()
            if opened.failed is not None:
                self._failed(client, opened.failed)
        elif opened.refused is not None:
            talk.refused(opened.refused, now)
        else:
            talk.under_way()
            client.mask = WRITE
            self.poller.watch(transport.descriptor, WRITE, client)
        return True

    def _check_up(self, client: Client) -> None:
        """Find out whether the connection is established, refused, or still under way."""
        assert client.transport is not None
        opened = client.transport.established()
        if opened.up:
            client.talk.established(self.world.now)
            if self._remembers_ports:
                client.local_port = client.transport.local_port()
        elif opened.refused is not None:
            client.talk.refused(opened.refused, self.world.now)
            self.forget(client)

    # --- bytes ----------------------------------------------------------------------------------

    def write(self, client: Client, what: Write) -> bool:
        assert client.transport is not None
        try:
            count = client.transport.write(what.data)
        except OSError as error:
            self._failed(client, name_of(error.errno))
        else:
            self.world.now = now = self.world.clock()
            client.talk.sent(count, now)
        return True

    def urgent(self, client: Client, what: Urgent) -> bool:
        assert client.transport is not None
        sent: bool | None
        try:
            sent = client.transport.urgent(what.byte) or None
        except OSError:
            sent = False
        client.talk.sent_urgent(sent, self.world.clock())
        return sent is not None

    def half_close(self, client: Client, what: HalfClose) -> bool:
        assert client.transport is not None
        try:
            client.transport.half_close()
        except OSError as error:
            self._failed(client, name_of(error.errno))
        else:
            client.talk.half_closed(self.world.clock())
        return True

    def _failed(self, client: Client, error: str) -> None:
        client.talk.write_failed(error, self.world.clock())
        self.read(client)

    def read(self, client: Client) -> None:
        """Read what is there, as the pace allows."""
        talk, transport, now = client.talk, client.transport, self.world.now
        assert transport is not None
        size, rounds = talk.portion()
        data: Bytes | None
        for _ in range(rounds):
            try:
                data = transport.read(size) if size <= READ_LEAST else _read(transport, size)
            except OSError as error:
                talk.target_ended(Ending.RST, now, name_of(error.errno))
                return
            if data is None:
                return
            if client.place and client.way is not None:
                client.way.backlog.accepted(client.place)
                client.place = 0
            if not data:
                talk.target_ended(Ending.FIN, now)
                return
            goes_on = talk.received(data, size, now)
            if talk.awaits_more:
                transport.more_is_owed()
            if not goes_on:
                return

    # --- what only the system knows -------------------------------------------------------------

    def look(self, client: Client, what: Look) -> bool:
        transport = client.transport
        assert transport is not None
        if what is Look.WAITING:
            client.talk.answer = transport.waiting()
        elif what is Look.UNTAKEN:
            client.talk.answer = transport.untaken()
        else:
            client.talk.answer = self._rest_of(client)
        return True

    def _rest_of(self, client: Client) -> Rest | None:
        if client.instance is None:
            return None
        assert client.transport is not None
        members = client.instance.members()
        return Rest(
            awake=not tree.asleep(members),
            cpu=tree.cpu_of(members),
            room=bool(client.talk.outgoing.queue) and client.transport.takes_more(),
        )

    # --- events ---------------------------------------------------------------------------------

    def on_event(self, client: Client, mask: int) -> None:
        """The connection is ready for ``mask``."""
        talk = client.talk
        if (
            not talk.open or client.transport is None
        ):  # the script mostly closes the socket before this is seen
            self.forget(client)
            return
        if not talk.connected:
            self._check_up(client)
            if not talk.connected:
                return
        if mask & READ:
            self.read(client)
        if mask & WRITE:
            talk.outgoing.blocked = False

    def watch(self, client: Client) -> None:
        """Tell the poller what this client waits for."""
        talk = client.talk
        if not (talk.open and talk.connected):
            return
        mask = READ if talk.reading.usual or talk.wants_to_read(self.world.now) else 0
        if talk.outgoing.blocked:
            mask |= WRITE
        if mask == client.mask:
            return
        assert client.transport is not None
        if mask:
            self.poller.watch(client.transport.descriptor, mask, client)
        else:
            self.poller.forget(client.transport.descriptor)
        client.mask = mask

    def forget(self, client: Client) -> None:
        """Nothing more is to be told of this connection."""
        if client.mask and client.transport is not None:
            self.poller.forget(client.transport.descriptor)
        client.mask = 0

    # --- ending ---------------------------------------------------------------------------------

    def close(self, client: Client, what: Close | None) -> bool:
        """Give the connection back, if ``what`` says so."""
        if what is None or (transport := client.transport) is None:
            return True
        if client.mask:
            self.poller.closing(transport.descriptor)
            client.mask = 0
        transport.close(abort=what.abort or (what.look and transport.end_waits()))
        client.transport = None
        return True


_rooms = threading.local()


def _read(transport: Transport, size: int) -> memoryview | None:
    """Read much, into memory that is used again: the system would map and unmap what is allocated
    for each read.  What is returned lasts until the next read of this thread."""
    if not hasattr(_rooms, "room"):
        # Whole pages: copying to a place that is not in line with the cache took twice as long.
        _rooms.room = memoryview(mmap.mmap(-1, READ_SIZE))
    room: memoryview = _rooms.room
    count = transport.read_into(room[:size])
    return None if count is None else room[:count]
