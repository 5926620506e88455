"""shutdown: an empty read ends the connection, and everything is flushed first.

Long because the group has twelve checks, each with a plan of its own; one check is a short read.
"""

from __future__ import annotations

from harness.contract.check import (
    ENDS,
    HELLO,
    LESSON,
    MUST,
    ONE_SHOT,
    TCP,
    Check,
    Context,
    needs_watching,
)
from harness.contract.lagging import lagging_reader
from harness.contract.measuring import busy, must_have_lived, only_for_us
from harness.contract.pieces import finished, without_process_steps
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind, Profile

MIB = 1024 * 1024
EXIT = frozenset({Kind.RESET, Kind.EXIT_STATUS})
SPIN_WATCH = (0.1, 0.4, 2.0)
"""Seconds for which CPU time is watched after the end, at each effort."""
IDLE = (0.1, 3.1, 70.0)
"""Seconds of silence: longer than three, as careless time-outs are of one to three, and the longest
that a usual run does not notice; or than a minute, the usual careful one."""


def _at_once(context: Context) -> Plan:
    session = (p.Connect(), p.HalfClose(), p.AwaitEnd())
    return p.in_turn(session, session)


def _after_echo(context: Context) -> Plan:
    alone = p.in_turn(
        (p.Connect(), p.Send(HELLO), p.AwaitEcho(), p.HalfClose(), p.AwaitEnd()),
        (p.Connect(), p.Send(context.data(1, 1024)), p.AwaitEcho(), p.HalfClose(), p.AwaitEnd()),
    )
    if context.profile is not Profile.CONCURRENT:
        return alone
    return Plan(scripts=(*alone.scripts, *_in_company(context, after=1)))


def _in_company(context: Context, after: int) -> list[Script]:
    """A client ends while one that came before it is connected, then one that came after it.

    What is done for a later client (a process, a copy of the socket) must not keep the connection
    of an earlier one open.  Both have had their echo before one of them ends.
    """
    scripts: list[Script] = []
    for turn, ends_first in enumerate((False, True)):
        met, over = p.Meet(f"both are there {turn}"), p.Meet(f"one has ended {turn}")
        for number in range(2):
            hello = (p.Connect(), p.Send(context.data(10 + number, 100)), p.AwaitEcho())
            come = (
                (*hello, p.Meet(f"come {turn}"))
                if number == 0
                else (p.Meet(f"come {turn}"), *hello)
            )
            end = (p.HalfClose(), p.AwaitEnd())
            leaves = (*end, over) if (number == 0) is ends_first else (over, *end)
            before = (after,) if turn == 0 else (after + 1, after + 2)
            scripts.append(Script(steps=(*come, met, *leaves), after=before))
    return scripts


def _flushes_everything(context: Context) -> Plan:
    return p.one(
        p.Connect(), p.Send(context.data(1, context.volume(9 * MIB))), p.HalfClose(), p.AwaitEnd()
    )


def _data_with_fin(context: Context) -> Plan:
    def early(number: int, size: int) -> tuple[Step, ...]:
        """Data and end of stream arrive before the connection is accepted."""
        return (
            p.PauseTarget(),
            p.Connect(),
            p.Send(context.data(number, size)),
            p.HalfClose(background=True),
            p.ResumeTarget(),
            p.AwaitEnd(),
        )

    def late(number: int, size: int) -> tuple[Step, ...]:
        """They come together on a connection that is in use."""
        return (
            p.Connect(),
            p.Send(HELLO),
            p.AwaitEcho(briefly=True),
            p.PauseTarget(),
            p.Send(context.data(number, size)),
            p.HalfClose(background=True),
            p.ResumeTarget(),
            p.AwaitEnd(),
        )

    sessions: tuple[tuple[Step, ...], ...] = (
        late(1, 5),
        early(5, 20_000),
        late(3, 1024),
        late(4, 3000),
        early(2, 5),
        late(6, 60_000),
        late(7, 200_000),
    )
    if context.profile is ONE_SHOT:  # each session costs a launch
        sessions = sessions[:4]
    if context.remote:
        sessions = tuple(without_process_steps(s) for s in sessions)
    return p.in_turn(*sessions)


BUSY_FOR = (0.0, 2.9, 70.0)
"""Seconds, at each effort, for which messages go to and fro.  Some servers give each connection a
time when it begins and cut it off then, however busy it is.  With what comes before it is a little
more than three in a normal run, which pass beside the other checks."""
BUSY_GAP = (0.1, 0.1, 0.25)
"""Seconds between two of these messages."""


def _not_early(context: Context) -> Plan:
    steps: list[Step] = [p.Connect(), context.moment(0.05)]
    for number, size in enumerate((5, 1, 1024, 2048, 100, 1023)):
        steps += [
            p.Send(context.data(number, size)),
            p.AwaitEcho(briefly=True),
            context.moment(0.03),
        ]
    gap = context.effort.of(*BUSY_GAP)
    for number in range(round(context.effort.of(*BUSY_FOR) / gap)):
        steps += [p.Send(context.data(10 + number, 20)), p.AwaitEcho(briefly=True), p.Wait(gap)]
    return p.one(*steps, p.Close())


def _idle_kept(context: Context) -> Plan:
    return p.one(
        p.Connect(),
        p.Send(context.data(1, 10)),
        p.AwaitEcho(briefly=True),
        p.Wait(context.seconds(*IDLE)),
        p.Send(context.data(2, 10)),
        p.AwaitEcho(briefly=True),
        p.Close(),
    )


def _releases(context: Context) -> Plan:
    return p.in_turn(
        (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.Close(), p.AwaitRelease()),
        (p.Connect(), p.Close(), p.AwaitRelease()),
    )


def _elsewhere(context: Context) -> str | None:
    return "it needs the table of the server's machine" if context.elsewhere else None


def _no_parent(context: Context) -> str | None:
    return (
        "only the process that started it can see its exit status (--connect)"
        if context.remote
        else None
    )


def _no_spin(context: Context) -> Plan:
    return p.one(
        p.Connect(),
        p.Send(HELLO),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        context.quiet,  # a process for each client may be starting still
        p.Watch("ended", context.seconds(*SPIN_WATCH)),
        p.Close(),
    )


def _spun(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    only_for_us(trace, context)
    must_have_lived(trace)
    return busy(trace, "ended", "after the client ended its side")


def _exit_status(context: Context) -> Plan:
    def session(*steps: Step) -> tuple[Step, ...]:
        return (p.Connect(), *steps, p.HalfClose(), p.AwaitEnd(), p.Close(), p.AwaitExit())

    return p.in_turn(session(p.Send(HELLO), p.AwaitEcho(briefly=True)), session())


CHECKS = (
    Check(
        id="shutdown/at-once",
        level=MUST,
        basis=LESSON,
        requirement="A client that ends at once, without any data, gets the end of the stream.",
        plan=_at_once,
        allowed="No byte, then the end. Not allowed: bytes, or a connection that stays open.",
        ignores=EXIT,
        hint="the empty read is not handled as the end when it is the first",
    ),
    Check(
        id="shutdown/after-echo",
        level=MUST,
        basis=LESSON,
        requirement="After the client has half-closed and everything was sent back, the server "
        "ends the connection.",
        plan=_after_echo,
        allowed="FIN after all bytes. Not allowed: the connection stays open.",
        ignores=EXIT,
        hint="close the connection when recv returns an empty result",
    ),
    Check(
        id="shutdown/flushes-everything",
        level=MUST,
        basis=LESSON,
        requirement="12 MiB, more than the sockets hold, followed at once by a half-close, all "
        "come back.",
        plan=_flushes_everything,
        allowed="All bytes, then the end. Not allowed: the tail is missing.",
        ignores=EXIT,
        hint="the half-close is taken for a full close; what is still to be sent must go out first",
    ),
    Check(
        id="shutdown/data-with-fin",
        level=MUST,
        basis=LESSON,
        requirement="Data that arrives together with the end is sent back before the connection "
        "is closed.",
        plan=_data_with_fin,
        allowed="All bytes, then the end. Not allowed: data lost because the end was seen first.",
        ignores=EXIT,
        hint="the end of stream is looked at before the data (POLLHUP, POLLRDHUP, 'end' event): "
        "read until the empty read first",
    ),
    Check(
        id="shutdown/lagging-reader",
        level=MUST,
        basis=TCP,
        requirement="Megabytes that are on their way when the end comes all arrive, however late "
        "the client reads them.",
        plan=lagging_reader,
        allowed="All bytes, then the end, while the client reads slower than it writes. "
        "Not allowed: the server gives up on the rest.",
        ignores=EXIT,
        waits=3.2,
        waits_long=9.0,
        hint="a time-out or an immediate close after the half-close drops what was not sent yet",
    ),
    Check(
        id="shutdown/orderly",
        level=MUST,
        basis=TCP,
        requirement="The server ends the connection with FIN, not with RST.",
        plan=lambda context: p.in_turn(
            finished(HELLO),
            finished(context.data(1, 3000)),
            (p.Connect(), p.HalfClose(), p.AwaitEnd()),
        ),
        allowed="FIN. Not allowed: RST, which may destroy data that is still on its way.",
        ignores=frozenset({Kind.NO_END, Kind.NO_ECHO, Kind.EXIT_STATUS}),
        hint="the socket is closed with unread data in it, or with SO_LINGER set to 0",
    ),
    Check(
        id="shutdown/not-early",
        level=MUST,
        basis=LESSON,
        requirement="The connection stays open between messages, for as long as they go to and "
        "fro, until the client ends it.",
        plan=_not_early,
        allowed="It stays open. Not allowed: FIN or RST before the client has ended its side.",
        ignores=ENDS | {Kind.NO_ECHO},
        waits=3.2,
        waits_long=71.0,
        hint="the server closes after one message, or after some seconds however busy it is; loop "
        "until recv returns an empty result, and set no time-out for the whole of a connection",
    ),
    Check(
        id="shutdown/idle-kept",
        level=MUST,
        basis=LESSON,
        requirement="A client that is silent for more than a second is still served.",
        plan=_idle_kept,
        allowed="The connection lives and echoes again. Not allowed: it was closed.",
        ignores=ENDS | {Kind.NO_ECHO},
        waits=3.1,
        waits_long=70.5,
        hint="a time-out ends idle connections; RFC 862 lets only the client end them",
    ),
    Check(
        id="shutdown/releases",
        level=MUST,
        basis=TCP,
        requirement="When the client has gone, the server closes its side too.",
        plan=_releases,
        allowed="The server's socket is closed. Not allowed: it stays in CLOSE_WAIT.",
        ignores=frozenset(Kind) - {Kind.NOT_RELEASED},
        not_for=_elsewhere,
        hint="the connection's socket is never closed after the empty read; use `with conn:`",
    ),
    Check(
        id="shutdown/no-spin",
        level=MUST,
        basis=LESSON,
        requirement="The server uses no CPU after the end of the stream.",
        plan=_no_spin,
        allowed="Next to no CPU time. Not allowed: a loop that reads nothing again and again.",
        ignores=frozenset(Kind) - {Kind.RESOURCE},
        judge=_spun,
        not_for=needs_watching,
        waits=0.5,
        waits_long=2.2,
        hint="an empty read is not the end of the loop: recv returns b'' for ever after",
    ),
    Check(
        id="shutdown/exit-status",
        level=MUST,
        basis=LESSON,
        requirement="A one-shot server exits with status 0 after its connection.",
        plan=_exit_status,
        allowed="Exit status 0 within patience. Not allowed: another status, a signal, or staying.",
        profiles=(ONE_SHOT,),
        ignores=frozenset(Kind) - {Kind.EXIT_STATUS, Kind.STILL_RUNNING, Kind.DIED},
        not_for=_no_parent,
        hint="an exception after the last read, or a wait that nobody ends",
    ),
)
