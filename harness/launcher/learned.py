"""What the launches of one target have taught about the next ones: which places it takes."""

from __future__ import annotations

from harness.launcher.finding import Finder
from harness.launcher.instance import Instance
from harness.launcher.searching import Search
from harness.launcher.shims import Shim
from harness.launcher.socket_files import Left
from harness.system.sockets import unix_paths
from harness.values.address import Transport, UnixAddress
from harness.values.target import TargetSpec

ONLY_DATAGRAMS = (
    "The target listens on no TCP port and takes datagrams, so it is judged as a UDP server. If "
    "TCP was meant: make the socket with SOCK_STREAM, not SOCK_DGRAM, then listen() and accept(). "
    "If UDP was: --transport udp says so."
)


class Learned:
    """Of the instances of ``spec``."""

    def __init__(self, spec: TargetSpec) -> None:
        self.spec = spec
        self.fixed_port: int | None = spec.port
        """The port that every instance uses whatever it is offered, once that is known."""
        self.own_ports: set[int] = set()
        """Ports that instances listened on although another was offered."""
        self.own_paths: set[str] = set()
        """The same of Unix sockets."""
        self.took_offer: bool | None = None
        """Whether instances listen where they are offered to, once that is known."""
        self.speaks: Transport | None = None
        """What instances are tested over, once that is known."""
        self.left = Left()
        """The files of their Unix sockets."""
        self.shim = Shim()
        self.notices: list[str] = []
        """What the user should be told about the launches, in order."""

    def notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def finder(self, instance: Instance) -> Finder:
        return Finder(self.spec, instance.offered, self.took_offer, instance.members)

    def search(self, instance: Instance) -> Search:
        finder = self.finder(instance)
        return Search(self.spec, finder, instance.offer, self.speaks, instance)

    @property
    def chooses(self) -> bool:
        """Whether instances have listened where they were not offered to, or are to."""
        return bool(self.own_ports or self.own_paths or self.spec.port)

    @property
    def own_file(self) -> bool:
        """Whether instances make the same file: an abstract name is one of the network instead."""
        return len(self.own_paths) == 1 and not any(p.startswith("@") for p in self.own_paths)

    @property
    def earlier_port(self) -> int | None:
        """The port that an instance needs which was launched before, as far as that is known."""
        if self.fixed_port is None and len(self.own_ports) == 1:
            return next(iter(self.own_ports))
        return self.fixed_port

    def learn(self, instance: Instance) -> None:
        """Note what the place that ``instance`` took tells about the next ones."""
        self.speaks = instance.address.transport
        if self.speaks is Transport.UDP and self._guessed:
            self.notice(ONLY_DATAGRAMS)
        if isinstance(instance.address, UnixAddress):
            self.left.remember(instance.address, lambda: instance.alive)
            self._learn_path(instance.address.path, took=instance.took_offer)
        else:
            self._learn_port(instance.address.port, took=instance.took_offer)

    @property
    def _guessed(self) -> bool:
        """Whether nobody said what it speaks."""
        return len(self.spec.candidates) > 1 and not self.spec.is_hosted

    def note_files(self, instance: Instance) -> None:
        """Note the files of sockets of ``instance``, which is about to be ended untested."""
        for path in unix_paths(instance.members()):
            self.left.remember(UnixAddress(path), lambda: instance.alive)

    def _learn_path(self, path: str, *, took: bool) -> None:
        if not took:
            self.own_paths.add(path)
        self.took_offer = not self.own_paths

    def _learn_port(self, port: int, *, took: bool) -> None:
        if took:
            if port not in self.own_ports:
                self.took_offer = True
            return
        self.took_offer = False
        if port in self.own_ports:
            self.fixed_port = port
        self.own_ports.add(port)

    def unlearn(self, instance: Instance) -> None:
        """``instance`` turned out to be tested at the wrong place."""
        if isinstance(instance.address, UnixAddress):
            self.own_paths.discard(instance.address.path)
        else:
            self.own_ports.discard(instance.address.port)
        self.fixed_port = self.spec.port
