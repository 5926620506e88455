"""What a check is, what it knows of its target, and when it does not apply."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.effort import Effort
from harness.values.plan import Plain, Plan, Step
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind, Level, Profile

MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY
ONE_SHOT, SEQUENTIAL, CONCURRENT = Profile.ONE_SHOT, Profile.SEQUENTIAL, Profile.CONCURRENT
ALL = (ONE_SHOT, SEQUENTIAL, CONCURRENT)
STREAMS = (Transport.TCP, Transport.UNIX)
EVERYWHERE = (*STREAMS, Transport.UDP)
LASTING = (SEQUENTIAL, CONCURRENT)
"""Targets that serve more than one connection."""

RFC862 = "862"
TCP = "793"
POSIX = "P"
LESSON = "L"

BASIS = {
    RFC862: "RFC 862: any data received is sent back, until the calling user terminates",
    TCP: "TCP, RFC 9293",
    POSIX: "POSIX sockets",
    LESSON: "the lesson that the reference implements",
}

ENDS = frozenset({Kind.NO_END, Kind.RESET, Kind.EXIT_STATUS})
"""How a connection ends when all its bytes have come back.  The group ``shutdown`` judges that;
elsewhere it would accuse the same bug again and again."""


DATAGRAM = "datagram"
"""The group of the checks that are about nothing but datagrams."""


LONGEST = 2**24
"""Bytes of the longest message.  All others are its beginning, so that it is made only once."""


QUICK_VOLUME = 400 * 1024
QUICK_FLOOD = 1280 * 1024
"""Bytes with which a target stalls in send when nobody reads and segments are small: some 0.2 MiB
lie in its send buffer then.  The rest waits in its receive buffer and in ours (measured)."""


class Context(Struct, frozen=True):
    """What a check may know of the target and the run when it makes its plan."""

    profile: Profile
    transport: Transport = Transport.TCP
    """What the target is tested over."""
    seed: int = 0
    effort: Effort = Effort.NORMAL
    remote: bool = False
    """Somebody else runs the target: its process is not ours to stop, pause or limit."""
    unseen: str | None = None
    """Why its process cannot even be watched; None if it can."""
    elsewhere: bool = False
    """It runs on another machine, so that its sockets cannot be seen either."""
    attempt: int = 1
    """2 when a liveness breach is tried again on a fresh target."""
    listening: tuple[tuple[str, int], ...] = ()
    """Addresses that the target's tree listens on."""
    same_port: bool = True
    """A new instance can be given the port of the old one."""

    starts_each: bool = False
    """A program is started for each connection, as inetd does."""
    died: bool = False
    """It ended after its first client, though not as a one-shot server does."""
    speed: float | None = None
    """Bytes a second that the target echoes, roughly; None: not known, not slow."""

    backlog: int = 8
    """Connections that may wait for accept(), as far as checks care: no more of them need to."""

    room: int = 64
    """Clients that may be there at once without meeting a limit of the machine, be it for us or for
    the target."""

    flood: int = 9 * 1024 * 1024
    """Bytes that make a server stall in send when nobody reads: more than its send buffer and the
    client's receive buffer hold.  Twice the largest send buffer (tcp_wmem, 4 MiB on an ordinary
    Linux) and a little."""

    @property
    def stalls(self) -> p.Connect:
        """How a client connects that will not read, so that the target stalls soon: after what
        ``flood`` has, or at quick effort after much less.

        A receive buffer much smaller than a segment would make TCP wait for its timers when the
        client reads again.
        """
        if self.effort is Effort.QUICK:
            return p.Connect(receive_buffer=8192, segment=1460)
        return p.Connect(receive_buffer=256 * 1024)

    @property
    def hasty(self) -> bool:
        """Whether short looks will do: at quick effort, where a second attempt does not."""
        return self.effort is Effort.QUICK and self.attempt == 1

    @property
    def stall(self) -> p.AwaitStall:
        """Wait until the target stalls."""
        return p.AwaitStall(briefly=self.hasty)

    @property
    def quiet(self) -> p.AwaitQuiet:
        """Wait until the target rests."""
        return p.AwaitQuiet(briefly=self.hasty)

    def seconds(self, quick: float, normal: float, thorough: float) -> float:
        """Of a silence or a watch, for this effort; a second attempt takes no less than the normal
        ones, so that a short look never accuses alone."""
        if self.attempt > 1:
            quick = normal
        return self.effort.of(quick, normal, thorough)

    def moment(self, seconds: float) -> p.Wait:
        """A pause in which the target comes to notice something: at quick effort a third of it."""
        return p.Wait(self.seconds(seconds / 3, seconds, seconds))

    def volume(self, size: int) -> int:
        """``size`` bytes, or what a slow target echoes in three quarters of a second; at quick
        effort some hundred KiB."""
        if self.effort is Effort.QUICK:
            size = min(size, QUICK_VOLUME)
        if self.speed is None:
            return size
        return min(size, max(64 * 1024, int(self.speed * 0.75)))

    def data(self, number: int, size: int) -> Plain:
        """A payload of ``size`` bytes; ``number`` tells the payloads of one plan apart.

        Its bytes are letters and digits: which values come through is the business of the group
        ``identity`` and of the fuzzer.
        """
        return Plain(seed=(self.seed * 1_000_003 + number) % 2**62, size=size)


class NotApplicable(Exception):
    """The check has no meaning for this target; the argument says why."""


Judge = Callable[[Plan, Trace, Context], list[Finding]]
DatagramJudge = Callable[[DatagramPlan, DatagramTrace, Context], list[Finding]]


class Deep(Struct, frozen=True):
    """A client that comes again and again when a check has passed; see ``depth.py``."""

    what: str
    """In the words of a summary: ``clients that reset``."""
    steps: Callable[[Context, int], tuple[Step, ...]]
    """What the client with this number does."""
    most: int | None = None
    """Clients at normal effort, if it takes fewer than of others."""
    abreast: int = 2
    """Clients at once.  Where it is more, they come to targets that serve as many at once."""


OF_THE_PROCESS = frozenset({Kind.EXIT_STATUS, Kind.STILL_RUNNING, Kind.DIED})


class Check(Struct, frozen=True):
    """One clause of the contract: what is required, how it is provoked, what is allowed."""

    id: str
    level: Level
    basis: str
    requirement: str
    """One sentence."""
    plan: Callable[[Context], Plan]
    allowed: str
    """Every outcome that passes, and what would not."""
    profiles: tuple[Profile, ...] = ALL
    transports: tuple[Transport, ...] = STREAMS
    """Those over which it has a meaning."""
    lacks: str = "it does not apply to this transport"
    """Why it has none over the others."""
    ignores: frozenset[Kind] = ENDS
    """Kinds of findings that other checks judge."""
    excuses: Callable[[Plan, Finding], bool] = lambda plan, finding: False
    """Whether a finding of the oracle is one of the allowed outcomes here."""
    judge: Judge | None = None
    """Finds what the oracle, which knows bytes and connections, cannot: processes, resources."""
    doubts: Callable[[Trace], bool] = lambda trace: False
    """Whether a second attempt that has failed, too, leaves a doubt: then a third one, of more and
    on the same instance, decides."""
    not_for: Callable[[Context], str | None] = lambda context: None
    """Why the check has no meaning for a target; None if it has."""
    waits: float = 0.0
    """Seconds that it waits on purpose.  Such checks run beside the others, the longest first, on
    instances of their own, so that their waiting costs no time."""
    waits_long: float = 0.0
    """The same at thorough effort, where that is more."""
    uses_up: bool = False
    """Whether the target has ended after it.  Such a check comes last, so that no other waits for
    one more launch."""
    shares: str | None = None
    """Checks with the same word have the same plan, which is performed once for all of them."""
    crowd: bool = False
    """Whether as many clients at once as there may be come when the plan has passed."""
    deep: Deep | None = None
    """Who comes some hundred times when the plan has passed."""
    hint: str = ""
    """What usually causes a failure; used when the evidence tells nothing more exact."""
    exchange: Callable[[Context], DatagramPlan] | None = None
    """What clients do to a server of datagrams instead."""
    weigh: DatagramJudge | None = None
    """``judge`` for datagrams."""

    @property
    def group(self) -> str:
        return self.id.partition("/")[0]

    def concerns(self, transport: Transport) -> bool:
        """Whether it is about servers of that sort: of streams, or of datagrams."""
        if transport in STREAMS:
            return not set(STREAMS).isdisjoint(self.transports)
        return transport in self.transports

    @property
    def judges_exit(self) -> bool:
        """Whether it is about the end of the target's process, and about nothing else."""
        judged = frozenset(Kind) - self.ignores
        return bool(judged) and judged <= OF_THE_PROCESS

    def waits_at(self, effort: Effort) -> float:
        """Seconds that it waits on purpose, about."""
        if effort is Effort.THOROUGH:
            return max(self.waits, self.waits_long)
        return self.waits


# --- pieces of plans ----------------------------------------------------------------------------


HELLO = p.Literal(b"0123456789")
"""A short message for checks that are about something else than bytes."""


def not_ours(what: str) -> Callable[[Context], str | None]:
    """For ``Check.not_for``: the check does ``what`` to the target's process, which must be ours.

    Somebody may depend on a server that runs already, and a killed harness could not undo it.
    """
    reason = f"somebody else runs the target (--connect), so it is not {what}"
    return lambda context: reason if context.remote else None


def needs_watching(context: Context) -> str | None:
    """For ``Check.not_for``: the check measures the target's process, which harms nobody."""
    if context.unseen is None:
        return None
    return f"the target's process cannot be seen (--connect): {context.unseen}"
