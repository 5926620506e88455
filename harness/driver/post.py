"""Between clients of datagrams and their sockets: what they want is sent, what comes is told."""

from __future__ import annotations

from harness.driver.actor import Actor
from harness.driver.asking import Asking, Out
from harness.driver.conversation import NEVER
from harness.driver.opening import Maker, maker_for
from harness.driver.poller import READ, Poller
from harness.driver.streams import name_of
from harness.driver.udp import NoSuchPort, Refused, UdpSocket
from harness.driver.world import World
from harness.values.address import UdpAddress
from harness.values.datagrams import ClientTrace, DatagramScript

FULL_AGAIN = 0.002
"""Seconds until a datagram is tried again that our own system had no room for."""
SPREAD, APART = 32, 0.002
"""How many clients look again one after the other, and the seconds between them."""
IN_A_ROW = 64
"""Datagrams that one client takes, so that others have their turn."""


class Client(Actor):
    """A script, and the socket that it has."""

    socket: UdpSocket | None = None
    address: tuple[str, int] | None = None
    """Its own."""

    def __init__(self, index: int, script: DatagramScript, talk: Asking) -> None:
        super().__init__(index)
        self.script = script
        self.talk = talk

    @property
    def connects(self) -> bool:
        return self.script.connects

    def performed(self, now: float) -> None:
        self.talk.performed(now)

    def note(self, now: float, what: str, size: int = 0) -> None:
        self.talk.note(now, what, size)

    @property
    def trace(self) -> ClientTrace:
        return self.talk.trace(self.address)


class Post:
    """The sockets of one performance."""

    def __init__(self, world: World[Client]) -> None:
        self.world = world
        self.poller: Poller[Client | None] = Poller()
        self._makers: dict[int | None, Maker] = {}
        """Who makes the sockets that lead to an instance."""
        self.unable: str | None = None
        """What our own system refused to do."""

    def wake_at(self, client: Client, at: float) -> None:
        """Let ``client`` look again ``at`` that time, unless it will anyway.

        Clients whose datagrams were lost together do so one a little after the other: all at once
        a small buffer would take in the same few each time.
        """
        if at < NEVER and at != client.wakes_at:
            client.wakes_at = at
            self.world.wake_at(at + client.index % SPREAD * APART, client)

    def send(self, client: Client, out: Out) -> bool:
        """Send a datagram; False: not yet.  Raises MachineProblem when there is no socket left."""
        world, talk = self.world, client.talk
        try:
            sock = client.socket or self._opened(client)
        except NoSuchPort as error:
            talk.unsent(name_of(error.errno), world.now)
            return True
        if sock is None:
            return False
        for _ in range(2):
            try:
                done = sock.send(out.data)
            except Refused:
                talk.was_refused(world.now)
                continue
            except OSError as error:
                self._unsent(client, error, len(out.data))
                return True
            if done:
                talk.sent(out.index, world.now)
                return True
        self.wake_at(client, world.now + FULL_AGAIN)
        return False

    def _unsent(self, client: Client, error: OSError, size: int = 0) -> None:
        """Our own system has refused, which says nothing about the target."""
        name = name_of(error.errno)
        client.talk.unsent(name, self.world.now)
        what = f"a datagram of {size:,} bytes could not be sent" if size else "a socket failed"
        self.unable = self.unable or f"{what}: {name}"

    def _opened(self, client: Client) -> UdpSocket | None:
        """The client's socket; None while the rate allows no new client."""
        world, fleet = self.world, self.world.fleet
        if not world.may_connect(client):
            return None
        if client.instance is None:
            client.instance = world.acquire()
        address = fleet.address(client.instance)
        assert isinstance(address, UdpAddress), "only they take datagrams"
        target = (client.script.to or address.host, address.port)
        ident = client.instance.ident if client.instance is not None else None
        maker = self._makers.get(ident) or maker_for(client.instance)
        self._makers[ident] = maker
        sock = UdpSocket(target, maker, client.script.port, client.script.own)
        client.socket = sock
        client.talk.target = target
        client.address = sock.own_address
        self.poller.watch(sock.descriptor, READ, client)
        return sock

    def receive(self, client: Client) -> None:
        sock, talk = client.socket, client.talk
        if sock is None or sock.closed:
            return
        for _ in range(IN_A_ROW):
            try:
                came = sock.receive()
            except Refused:
                talk.was_refused(self.world.now)
                continue
            except OSError as error:
                self._unsent(client, error)
                return
            if came is None:
                return
            talk.received(*came, self.world.clock())

    def close(self, client: Client) -> None:
        if client.socket is not None and not client.socket.closed:
            self.poller.closing(client.socket.descriptor)
            client.socket.close(outstanding=client.talk.questions.outstanding)
