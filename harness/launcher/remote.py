"""A fleet of one server that somebody else runs: nothing is launched."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time

from harness.errors import HarnessFault, TargetProblem
from harness.host.halting import Halt
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.system import places, sockets, watched
from harness.system.backlog import Backlog
from harness.system.watched import Watched
from harness.values.address import IP_KINDS, Address, TcpAddress, UdpAddress, UnixAddress
from harness.values.target import TargetSpec

LOOK_EVERY, TRY_EVERY = 0.02, 0.2
"""Seconds between two looks at this system's tables, and two attempts at another machine."""
ANSWERS_WITHIN = 5.0
"""Seconds for another machine to answer one attempt; after that the attempt is made again."""


class RemoteFleet:
    """A target that somebody else runs: its address, and its processes as far as they are seen."""

    keeper: Keeper | None = None
    current: Instance | None = None
    watched: Watched | None = None
    unseen = ""
    """Why its processes cannot be watched."""
    connections = 0

    def __init__(self, spec: TargetSpec, halt: Halt | None = None) -> None:
        self.halt = halt or Halt()
        if spec.connect is None:
            raise HarnessFault("a remote fleet needs an address")
        address = spec.connect
        if not (isinstance(address, UnixAddress) or address.local or spec.allow_remote):
            raise TargetProblem(
                f"{address.host} is not a loopback address.",
                "Add --allow-remote if you may send test traffic there.",
                step="connect",
            )
        self._spec = spec
        self._addresses = resolved(spec.connect)
        self._use(self._addresses[0])

    def _use(self, address: Address) -> None:
        self._address = address
        self._backlog = Backlog(address if address.local else None)

    def start(self) -> None:
        """Wait until something listens there, and see whose it is.

        Raises TargetProblem when nothing does within the start-up time.  A loopback address is
        looked up in the system's tables, so that a server for one connection is not used up.
        """
        deadline = time.monotonic() + self._spec.start_timeout
        while True:
            for address in self._addresses:
                if is_there(address, deadline):
                    self._use(address)
                    self._look()
                    return
            here = all(address.local for address in self._addresses)
            if time.monotonic() > deadline:
                break
            self.halt.check()
            time.sleep(LOOK_EVERY if here else TRY_EVERY)
        for address in self._addresses:
            # What the tables do not show, a port that the system forwards, may answer after all.
            if (error := refusal(address, 1.0)) is None:
                self._use(address)
                self._look()
                return
        raise nothing_answers(self._spec, error)

    def _look(self) -> None:
        found = watched.find(self._address)
        self.watched, self.unseen = (None, found) if isinstance(found, str) else (found, "")

    def acquire(self) -> None:
        self.connections += 1

    def address(self, instance: Instance | None) -> Address:
        return self._address

    def backlog(self, instance: Instance | None) -> Backlog:
        return self._backlog

    def release(self, instance: Instance | None) -> None:
        pass

    def relaunch(self) -> Instance:
        raise HarnessFault("a target that the harness did not launch cannot be launched again")

    def refresh(self) -> None:
        """Its owner may have started it again."""
        if self.watched is not None and not self.watched.alive:
            self._look()

    def confirm(self) -> None:
        pass

    def last_output(self, ident: int | None = None) -> str:
        return ""

    def retire(self) -> None:
        pass

    def close(self) -> None:
        pass


def resolved(address: Address) -> list[Address]:
    """``address`` with each of the numbers that its name has.  Raises TargetProblem."""
    if isinstance(address, UnixAddress):
        return [address]
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TargetProblem(
            f"the host {address.host} cannot be resolved ({error}).",
            "Check --connect.",
            step="connect",
        ) from error
    return [IP_KINDS[address.transport](str(entry[4][0]), address.port) for entry in found]


def is_there(address: Address, deadline: float) -> bool:
    """Whether something listens at ``address``, now or (another machine) before ``deadline``."""
    if address.local:
        return places.waits(address)
    left = max(0.1, deadline - time.monotonic())
    return refusal(address, min(left, ANSWERS_WITHIN)) is None


def refusal(address: Address, seconds: float) -> OSError | None:
    """Why a connection to ``address`` cannot be opened; None if it can.  Opens one."""
    try:
        match address:
            case UnixAddress():
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                    sock.settimeout(seconds)
                    sock.connect(address.name)
            case UdpAddress():  # whatever is not here is taken to be there: nobody can tell
                return ConnectionRefusedError() if address.local else None
            case _:
                socket.create_connection(address, timeout=seconds).close()
    except OSError as error:
        return error
    return None


def no_socket(address: Address | None) -> bool:
    """Whether something else than a socket is at the path of ``address``."""
    if not isinstance(address, UnixAddress) or address.abstract:
        return False
    with contextlib.suppress(OSError):
        return not stat.S_ISSOCK(os.stat(address.path).st_mode)
    return False


def nothing_answers(spec: TargetSpec, error: OSError | None) -> TargetProblem:
    """The start-up time is over.  ``error``: what came of the last attempt."""
    match error:
        case ConnectionRefusedError() if no_socket(spec.connect):
            why = "there is a file, which is no socket"
        case ConnectionRefusedError() if isinstance(spec.connect, UnixAddress):
            why = "nobody listens on that socket any more"
        case ConnectionRefusedError():
            why = "the connection was refused"
        case TimeoutError():
            why = "no answer came"
        case _:
            why = (error.strerror if error else None) or str(error)
    text = f"nothing answers at {spec.shown} within {spec.start_timeout:g} s: {why}."
    address = spec.connect
    assert address is not None
    if (
        isinstance(address, TcpAddress)
        and address.local
        and (elsewhere := sockets.bound_to(address.port))
    ):
        text += f" The port is in use at another address: {', '.join(elsewhere)}."
    return TargetProblem(
        text,
        "Start the server, or give its command instead of --connect; "
        "--start-timeout N waits N seconds for it.",
        step="connect",
    )
