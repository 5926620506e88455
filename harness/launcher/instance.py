"""One running instance of the target: its processes, its address, what it holds, and its end.

Long because it is one thing from its launch to its end, with a method for each question about it.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import time

from harness.errors import MachineProblem
from harness.launcher.command import Offer
from harness.launcher.complaints import handed_over, listens_on_both
from harness.launcher.ends import Exit, Undying
from harness.launcher.keeper import MARK, Keeper
from harness.launcher.levers import Levers
from harness.launcher.network import NONBLOCK, Network
from harness.launcher.output import KEPT
from harness.launcher.ports import EVERY_ADDRESS
from harness.system import datagrams, places, proc, sock_diag, sockets, tree, unix_sockets
from harness.system.backlog import Backlog
from harness.system.sock_diag import Entry
from harness.system.watched import measurement
from harness.values.address import Address, TcpAddress, UdpAddress, UnixAddress
from harness.values.trace import Measurement

STOP_WITHIN = 2.0
"""Seconds between SIGTERM and SIGKILL when a target is stopped for good."""
KILL_WITHIN = 5.0
"""Seconds in which all of a tree is killed, however fast it makes new processes."""
FEW = 8
"""Processes that are asked for their sockets one by one, before the system is for all."""
LOOKS = 10
"""Looks in a row at who is left to be killed."""


class Instance:
    """A target that was launched, from its launch until nothing of it is left."""

    def __init__(
        self,
        keeper: Keeper,
        ident: int,
        launched_at: float,
        offer: Offer | None = None,
        network: Network | None = None,
    ) -> None:
        self.keeper = keeper
        self.network = network
        """Its own; None: it is in ours."""
        self.ident = ident
        self.pid = keeper.pids[ident]
        self.launched_at = launched_at
        self.offer = offer or Offer(0)
        """Where it may listen."""
        self.address: Address = TcpAddress("", 0)
        self._backlog: Backlog | None = None
        self._seen: list[Entry] = []
        """What it listened with over TCP, when that was looked at last."""
        self._listening: set[int] = set()
        """The inodes of the listeners on the address, when they were looked for last."""
        self.ready_s: float | None = None
        self.stop_asked = False
        """Somebody asked it to end, so its death says nothing against it."""
        self.death_told = False
        """Its death is in a trace already."""
        self.served = False
        """One-shot: its session is over, so its death concerns no later plan."""
        self.main_pid = self.pid
        """The process whose end is the target's: another one after it became a daemon."""
        self.levers = Levers(self.members)
        self._looked_for_daemon = False
        self._retired: float | None = None
        """When it was asked to end for good."""
        self._adopted: dict[int, bool] = {}
        self._kept: str | None = None
        self._handed_on = False
        """Another instance has its network now."""

    # --- who belongs to it ----------------------------------------------------------------------

    def members(self) -> list[int]:
        """Every process of the tree, also those that left the parent, group or session."""
        found = tree.family(self.pid) if self.ident not in self.keeper.exits else []
        for pid in tree.children_of_one(self.keeper.pid):
            if pid not in self.keeper.living and self._is_adopted(pid):
                found += tree.family(pid)
        return found

    def _is_adopted(self, pid: int) -> bool:
        if pid not in self._adopted:
            mark = tree.marked(pid, MARK)
            # A process that cleared its environment is ours if no one else can be meant.
            alone = len(self.keeper.living) <= 1
            self._adopted[pid] = mark == self.keeper.mark_of(self.ident) or (mark is None and alone)
        return self._adopted[pid]

    @property
    def through(self) -> socket.socket | None:
        """What to ask the system with about its sockets, if they are in another network."""
        return self.network.question if self.network is not None else None

    def make_socket(self, family: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A new socket that can connect to it, and does not block.  Raises OSError."""
        if self.network is None:
            made = socket.socket(family, kind | NONBLOCK)
            if not NONBLOCK:
                made.setblocking(False)
            return made
        if self.keeper.tap is not None:
            self.keeper.tap(self.network)
        return self.network.new_socket(family, kind)

    def listeners(self) -> list[tuple[str, int]]:
        """The TCP addresses that the tree listens on."""
        self._seen = sockets.listening(self.members(), self.through)
        return self.seen_listeners()

    def took(self, host: str) -> bool | None:
        """Whether its first process listens on the offered port, at ``host`` or at all addresses of
        that family: where launches are known to do so, nothing else need be looked for.

        None: nobody listens there yet.  False also where that cannot be told.
        """
        try:
            found = sock_diag.listener(host, self.offered, self.through)
        except sock_diag.Unavailable:
            return False
        if found is None:
            return None
        if EVERY_ADDRESS.get(found.host, found.host) != host:
            return False
        if not proc.has_socket(self.pid, found.inode):
            return False
        self._seen = [found]
        return True

    def seen_listeners(self) -> list[tuple[str, int]]:
        """The TCP addresses that the tree listened on when they were looked at last."""
        return sockets.addresses(self._seen)

    def unix_listeners(self) -> list[UnixAddress]:
        """The Unix stream sockets that the tree listens on."""
        return unix_sockets.listeners(self.members(), self.through)

    def datagram_sockets(self) -> list[UdpAddress]:
        """Where the tree waits for datagrams."""
        return datagrams.bound(self.members(), self.through)

    @property
    def offered(self) -> int:
        """The port that it was given to listen on."""
        return self.offer.port

    @property
    def took_offer(self) -> bool:
        """Whether sessions connect to where it was offered to listen."""
        if isinstance(self.address, UnixAddress):
            return self.address.path == self.offer.path
        return self.address.port == self.offer.port

    def listens_at(self, address: Address) -> None:
        """``address``, which was seen just now, is where sessions connect to."""
        self.address = address
        self._backlog = None
        self._listening = self._seen_at(address)
        if not self._listening:
            self.listens()

    def _seen_at(self, address: Address) -> set[int]:
        """The inodes of what it listened with there, when that was looked at last."""
        if not isinstance(address, TcpAddress):
            return set()
        return {one.inode for one in self._seen if one.port == address.port and one.inode}

    def _was_vacant(self) -> bool:
        """Whether no client waited at the address when it was looked at last."""
        if not isinstance(self.address, TcpAddress):
            return False
        seen = [one for one in self._seen if one.port == self.address.port and one.inode]
        return bool(seen) and not any(one.unread for one in seen)

    @property
    def backlog(self) -> Backlog:
        """Of the listener that sessions connect to."""
        if self._backlog is None:
            self._backlog = Backlog(self.address, self.through, vacant=self._was_vacant())
        return self._backlog

    # --- its life -------------------------------------------------------------------------------

    @property
    def exit(self) -> Exit | None:
        """How the target ended; None while it lives.

        A launched process that ended with status 0 and left a listener behind is a daemon, and
        lives on in that listener's process.
        """
        if self.main_pid != self.pid:
            return self.keeper.reaped.get(self.main_pid)
        ended = self.keeper.exits.get(self.ident)
        if ended is not None and ended.status == 0 and not self._looked_for_daemon:
            self._looked_for_daemon = True
            if self.follow_daemon():
                return None
        return ended

    def follow_daemon(self) -> bool:
        """After the launched process ended: go on with a descendant that listens, if there is."""
        for pid in self.members():
            if places.anywhere(pid, self.through):
                self.main_pid = pid
                return True
        return False

    @property
    def alive(self) -> bool:
        return self.exit is None

    def output(self, lines: int = KEPT) -> str:
        """The last lines that it wrote, safe to show."""
        return self.keeper.output(self.ident, lines) if self._kept is None else self._kept

    def forget(self) -> None:
        """Let the warden let go of it, after it ended.  What it wrote last may still be asked for:
        its death may explain a plan that is not over yet."""
        if self._kept is None:
            self._kept = "" if self.keeper.is_silent(self.ident) else self.output()
        self.keeper.forget(self.ident)
        self.leave_network()

    def hand_on_network(self) -> Network | None:
        """Its network, for the next instance: whatever becomes of this one, it is not left."""
        self._handed_on = True
        return self.network

    def leave_network(self) -> None:
        """Nobody connects to it any more."""
        if self.network is not None and not self._handed_on:
            self.network.leave()

    def listens(self) -> bool:
        """Whether anything of the tree still listens on the address."""
        found = places.held(self.members(), self.address, self.through)
        if found:
            self._listening = found
        return found is None or bool(found)

    def confirm(self) -> bool:
        """Raise WrongTarget when it is somebody else that clients come to; returns whether it is
        there and listens.

        A listener can be handed to a process outside of the tree, and goes on serving there.  That
        is told by the socket itself, since a port may be anybody's a moment after it was let go.
        """
        if self.network is not None and self.network.left:
            return False  # nobody comes there any more
        if self.alive and self.listens():
            return True
        strangers = places.owners(self._listening, self.address, self.through)
        if strangers and not any(tree.descends(pid, self.keeper.pid) for pid in strangers):
            raise handed_over(self.address, sockets.name_of(strangers[0]))
        return False

    def confirm_port(self) -> None:
        """Raise WrongTarget when it listens by now on the port that it was offered, and clients
        come to another."""
        if not isinstance(self.address, TcpAddress) or self.took_offer:
            return
        if sockets.listening_on(self.members(), self.offered, self.through):
            raise listens_on_both(self.address.port, self.offered)

    def holds_client(self) -> bool:
        """Whether it has not closed a connection that its client has ended."""
        members = self.members()
        if len(members) <= FEW and proc.have_only(members, self._listening):
            return False
        return places.holds_client(members, self.address, self.through)

    # --- what it does, and holds ----------------------------------------------------------------

    def asleep(self) -> bool:
        return tree.asleep(self.members())

    def measure(self, label: str, at: float, awake: float | None = None) -> Measurement:
        """What the tree holds now.  ``at``: seconds into the plan."""
        return measurement(self.members(), label, at, awake)

    # --- the end --------------------------------------------------------------------------------

    def terminate(self) -> None:
        """SIGTERM to the launched process's group, as a service manager would."""
        self._asked_to_end()
        tree.send_signal(self.members(), signal.SIGTERM)

    def _asked_to_end(self) -> None:
        """From here on neither its death nor its last words say anything against it."""
        self.stop_asked = True
        with contextlib.suppress(MachineProblem):
            self.keeper.silence(self.ident)

    def retire(self) -> None:
        """Ask the whole tree to end with SIGTERM; ``stop`` waits for it."""
        if self._retired is not None:
            return
        self._retired = time.monotonic()
        self._asked_to_end()
        members = self.members()
        # First the one, then the other: who is continued goes on with its system call at once, and
        # may be on its way back into it when SIGTERM comes, which interrupts nothing then.
        tree.send_signal(members, signal.SIGTERM)
        self.levers.resume()
        tree.send_signal(members, signal.SIGCONT)

    def stop(self) -> None:
        """End the whole tree: SIGTERM, a little patience, SIGKILL.  Nothing of it is left."""
        self.retire()
        assert self._retired is not None
        if not self._gone_within(self._retired + STOP_WITHIN - time.monotonic()):
            self.kill()
        self._await_exit()

    def kill(self) -> None:
        """SIGKILL to the whole tree, at once; returns when nothing of it is left."""
        self._asked_to_end()
        deadline = time.monotonic() + KILL_WITHIN
        while members := self._killed():
            if time.monotonic() > deadline:
                raise Undying(len(members))
            self.keeper.poll(0.005)
        self.levers.ended()
        self._await_exit()

    def _killed(self) -> list[int]:
        """Who was there to be killed in some looks that follow one another at once, so that who
        lives on in a child of its own all the time is met."""
        for _ in range(LOOKS):
            members = [pid for pid in self.members() if not tree.is_zombie(pid)]
            tree.send_signal(members, signal.SIGKILL)
            if not members:
                break
        return members

    def _await_exit(self) -> None:
        """The warden tells of the end a moment after it; until then the target counts as alive."""
        deadline = time.monotonic() + STOP_WITHIN
        while self.alive:
            if not self.keeper.poll(max(0.0, deadline - time.monotonic())):
                return

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while any(not tree.is_zombie(pid) for pid in self.members()):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.keeper.poll(min(left, 0.01))
        return True
