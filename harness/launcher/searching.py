"""Where an instance is to be tested: which of the transports that its tree speaks, and at which
of the places.

TCP comes first, then a Unix stream socket, then UDP.  A program may open a socket of the latter
kinds for something else (to be controlled by, to log, to ask for names) and its service later.  So
how long a better one is waited for depends on what speaks for what is there: that it is where the
harness offered, or that the command or the source names it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from harness.errors import TargetProblem
from harness.launcher.clues import clues_of
from harness.launcher.command import Offer
from harness.launcher.finding import (
    EXPECTED_WITHIN,
    UNKNOWN_WITHIN,
    Finder,
    Listeners,
    address_of,
    hosts_of,
)
from harness.launcher.nowhere import unclear, unclear_paths
from harness.launcher.ports import Clues, choose, choose_path, names
from harness.values.address import Address, TcpAddress, Transport, UdpAddress, UnixAddress
from harness.values.target import TargetSpec

TESTED = (Transport.TCP, Transport.UNIX, Transport.UDP)
"""The transports over which there is something to check."""
LOOK_EVERY = 0.01
"""Seconds between two looks at what is not TCP: most targets are found before there is one."""
WHOLE_EVERY = 0.05
"""Seconds between two looks at all that listen, where earlier launches took what they were offered,
and would now be waited for much longer before another place is taken."""


class Sight(Protocol):
    """Where the processes of an instance wait for clients."""

    def listeners(self) -> list[tuple[str, int]]:
        """TCP."""

    def took(self, host: str) -> bool | None:
        """Whether it listens on the offered TCP port of ``host``; None: nobody does."""

    def unix_listeners(self) -> list[UnixAddress]:
        """Unix stream sockets."""

    def datagram_sockets(self) -> list[UdpAddress]:
        """UDP."""

    def members(self) -> list[int]:
        """The processes."""


class Choice(NamedTuple):
    """Of the places that are there.  ``waits``: seconds in which a better one may come, after which
    ``problem`` says why none can be chosen."""

    address: Address | None = None
    waits: float = 0.0
    problem: TargetProblem | None = None


class Search:
    """For one instance.

    ``known``: the transport that earlier instances spoke; None when there was none.
    """

    def __init__(
        self, spec: TargetSpec, finder: Finder, offer: Offer, known: Transport | None, sight: Sight
    ) -> None:
        self.spec = spec
        self.finder = finder
        self.offer = offer
        candidates = spec.candidates if known is None else (known,)
        self.candidates = tuple(one for one in candidates if one in TESTED)
        self._sight = sight
        self._found: tuple[Address, ...] = ()
        self._since = 0.0
        self._look_at = self._whole_at = 0.0
        self._clues = Clues()

    def look(self, now: float, *, last: bool = False) -> Address | None:
        """The address to test, or None: there is none yet, or a better one is waited for.

        ``now``: by `time.monotonic`.  ``last``: there is no time to wait.
        Raises TargetProblem when it stays unclear which it is.
        """
        if Transport.TCP in self.candidates:
            if self.finder.took_offer:
                took = self._sight.took(self.spec.host)
                if took:
                    return TcpAddress(self.spec.host, self.offer.port)
                if took is None and now < self._whole_at and not last:
                    return None
                self._whole_at = now + WHOLE_EVERY
            listening = self._sight.listeners()
            port = self.finder.look(listening, now, last=last)
            if port is not None:
                return TcpAddress(*address_of(listening, port, self.spec))
            if listening and self.finder.wanted is None:
                return None
        if now < self._look_at and not last:
            return None
        self._look_at = now + LOOK_EVERY
        return self._other(now, last=last)

    def again(self, address: Address, *, proven: bool) -> Address:
        """The address to test, some time after ``address`` was found to be the one.

        ``proven``: it echoes.  Raises TargetProblem when it is unclear by now which one it is.
        """
        listening = self._sight.listeners()
        if isinstance(address, TcpAddress):
            port = self.finder.again(listening, address.port, proven=proven)
            same = port == address.port
            return address if same else TcpAddress(*address_of(listening, port, self.spec))
        if proven or Transport.TCP not in self.spec.candidates or not listening:
            return address
        later = self.finder.look(listening, 0.0, last=True)
        return address if later is None else TcpAddress(*address_of(listening, later, self.spec))

    def _other(self, now: float, *, last: bool) -> Address | None:
        found = self._others()
        if self._found != found:
            self._found, self._since = found, now
            self._clues = clues_of(self.spec, self._sight.members()) if found else Clues()
        choice = self._choice(found)
        if now - self._since < choice.waits and not last:
            return None
        if choice.problem is not None:
            raise choice.problem
        return choice.address

    def _others(self) -> tuple[Address, ...]:
        """Where it waits for clients of the first transport after TCP that it speaks."""
        unix = self._sight.unix_listeners() if Transport.UNIX in self.candidates else []
        if unix:
            return tuple(unix)
        udp = self._sight.datagram_sockets() if Transport.UDP in self.candidates else []
        return tuple(udp)

    def _choice(self, found: Sequence[Address]) -> Choice:
        paths = [address.path for address in found if isinstance(address, UnixAddress)]
        if paths:
            return self._path(paths)
        places = [(a.host, a.port) for a in found if isinstance(a, UdpAddress)]
        return self._port(places) if places else Choice()

    def _path(self, paths: Sequence[str]) -> Choice:
        if self.offer.path in paths:
            return Choice(UnixAddress(self.offer.path), self._beside(offered=True))
        if self.spec.has_path or self.spec.is_given:
            return Choice()
        chosen = choose_path(paths, self._clues)
        if chosen is None:
            return Choice(None, self._beside(named=True), unclear_paths(paths))
        return Choice(UnixAddress(chosen), self._beside(named=names(chosen, self._clues)))

    def _port(self, places: Listeners) -> Choice:
        ports, wanted = list(hosts_of(places)), self.finder.wanted
        if wanted is not None and wanted not in ports:
            return Choice()
        chosen = wanted or choose(ports, self.offer.port, self._clues)
        if chosen is None:
            return Choice(None, self._beside(named=True), unclear(ports))
        waits = self._beside(
            offered=chosen in (wanted, self.offer.port), named=names(str(chosen), self._clues)
        )
        return Choice(UdpAddress(*address_of(places, chosen, self.spec)), waits)

    def _beside(self, *, offered: bool = False, named: bool = False) -> float:
        """Seconds in which a better one may come."""
        if len(self.candidates) == 1:
            return 0.0 if offered or self.finder.took_offer is False else UNKNOWN_WITHIN
        if offered:
            return UNKNOWN_WITHIN
        return EXPECTED_WITHIN if named else math.inf
