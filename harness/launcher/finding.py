"""Finding the listener of an instance among all that its tree listens on, look after look.

A listener on the offered port beats every other, also when it comes a moment later.  How long it is
waited for while there is only another depends on what speaks for it: a target that does not ask for
its port is not kept waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.errors import TargetProblem
from harness.launcher.clues import clues_of
from harness.launcher.nowhere import unclear
from harness.launcher.ports import EVERY_ADDRESS, Clues, choose, reachable
from harness.values.target import TargetSpec, is_loopback

Listeners = Sequence[tuple[str, int]]
"""Addresses and ports, as `harness.system.sockets.listeners` gives them."""

EXPECTED_WITHIN = 2.0
"""Seconds for a listener on the offered port of a target that asks for it, or took it before; and
for one that would make clear which of several is meant."""
UNKNOWN_WITHIN = 0.3
"""The same where nothing can be told: no source to read, and no launch before this one."""


class Finder:
    """For one instance.

    ``offered``: the port that it was given.  ``took_offer``: whether earlier ones took theirs; None
    when there was none.  ``members``: gives the processes of the tree.
    """

    def __init__(
        self,
        spec: TargetSpec,
        offered: int,
        took_offer: bool | None,
        members: Callable[[], Sequence[int]],
    ) -> None:
        self.spec = spec
        self.offered = offered
        self.took_offer = took_offer
        self._members = members
        self._clues: Clues | None = None
        self._seen: frozenset[int] = frozenset()
        self._since = 0.0

    @property
    def wanted(self) -> int | None:
        """The port that it must listen on, if it is not free to choose."""
        offered = self.spec.has_placeholder or self.spec.is_given
        return self.spec.port or (self.offered if offered else None)

    def look(self, found: Listeners, now: float, *, last: bool = False) -> int | None:
        """The port to test, or None: there is none yet, or it is worth while to wait for a better.

        ``now``: by `time.monotonic`.  ``last``: there is no time to wait.
        Raises TargetProblem when it stays unclear which it is.
        """
        ports = self._candidates(found)
        if not ports or self.wanted is not None or self.offered in ports:
            return self._must(ports)
        if self._seen != frozenset(ports):
            self._seen, self._since = frozenset(ports), now
            self._clues = None
        clues = self._clues = self._clues or clues_of(self.spec, self._others(ports))
        chosen = choose(ports, self.offered, clues)
        waits = EXPECTED_WITHIN if chosen is None else self._offer_within(clues)
        if now - self._since < waits and not last:
            return None
        if chosen is None:
            raise unclear(ports)
        return chosen

    def again(self, found: Listeners, port: int, *, proven: bool) -> int:
        """The port to test, some time after ``port`` was found to be the one.

        ``proven``: it echoes.  Raises TargetProblem when it is unclear by now which one it is.
        """
        ports = self._candidates(found)
        if self.wanted is not None or port not in ports:
            return port
        if self.offered in ports:
            return self.offered
        if proven or len(ports) == 1:
            return port
        chosen = choose(ports, self.offered, clues_of(self.spec, self._others(ports)))
        if chosen is None:
            raise unclear(ports)
        return chosen

    def _candidates(self, found: Listeners) -> list[int]:
        """One for each port, whether IPv4, IPv6 or both listen on it."""
        hosts = hosts_of(found)
        if self.wanted is not None or self.offered in hosts:
            return list(hosts)
        return reachable(hosts)

    def _must(self, ports: list[int]) -> int | None:
        must = self.wanted or self.offered
        return must if must in ports else None

    def _others(self, ports: list[int]) -> Sequence[int]:
        """The processes whose command lines may tell: needed only where there is a choice."""
        return self._members() if len(ports) > 1 else ()

    def _offer_within(self, clues: Clues) -> float:
        expected = clues.reads_port if self.took_offer is None else self.took_offer
        if expected is None:
            return UNKNOWN_WITHIN
        return EXPECTED_WITHIN if expected else 0.0


def hosts_of(found: Listeners) -> dict[int, list[str]]:
    """Port to the hosts on which it is listened on."""
    hosts: dict[int, list[str]] = {}
    for host, port in found:
        hosts.setdefault(port, []).append(host)
    return hosts


def address_of(found: Listeners, port: int, spec: TargetSpec) -> tuple[str, int]:
    """The address to connect to for the listeners on ``port`` among those that were ``found``.

    Raises TargetProblem when it is no loopback address, and no other is allowed.
    """
    return _host(spec, [host for host, number in found if number == port]), port


def _host(spec: TargetSpec, hosts: list[str]) -> str:
    reached = [EVERY_ADDRESS.get(host, host) for host in hosts]
    if spec.host in reached:
        return spec.host
    for host in reached:
        if is_loopback(host.removeprefix("::ffff:")):
            return host.removeprefix("::ffff:")
    if not spec.allow_remote:
        raise TargetProblem(
            f"the target listens on {', '.join(hosts)}, which is not a loopback address.",
            "Let it listen on 127.0.0.1, or allow this with --allow-remote.",
            step="listen",
        )
    return reached[0]
