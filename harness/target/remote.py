"""A server that somebody else runs."""

from __future__ import annotations

import socket

from harness.errors import HarnessFault, TargetProblem
from harness.target.backlog import Backlog
from harness.target.instance import Instance
from harness.target.keeper import Keeper
from harness.target.spec import TargetSpec, is_loopback


class RemoteFleet:
    """A target that somebody else runs; only its address is known."""

    keeper: Keeper | None = None
    current: Instance | None = None
    connections = 0

    def __init__(self, spec: TargetSpec) -> None:
        if spec.connect is None:
            raise HarnessFault("a remote fleet needs an address")
        host, port = spec.connect
        if not is_loopback(host) and not spec.allow_remote:
            raise TargetProblem(
                f"{host} is not a loopback address.",
                "Add --allow-remote if you may send test traffic there.",
                step="connect",
            )
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TargetProblem(
                f"the host {host} cannot be resolved ({error}).", "Check --connect.", step="connect"
            ) from error
        self._address: tuple[str, int] = (str(found[0][4][0]), port)
        self._backlog = Backlog(port if is_loopback(self._address[0]) else None)

    def acquire(self) -> None:
        self.connections += 1

    def address(self, instance: Instance | None) -> tuple[str, int]:
        return self._address

    def backlog(self, instance: Instance | None) -> Backlog:
        return self._backlog

    def release(self, instance: Instance | None) -> None:
        pass

    def relaunch(self) -> Instance:
        raise HarnessFault("a target that the harness did not launch cannot be launched again")

    def refresh(self) -> None:
        pass

    def confirm(self) -> None:
        pass

    def last_output(self, ident: int | None = None) -> str:
        return ""

    def retire(self) -> None:
        pass

    def close(self) -> None:
        pass
