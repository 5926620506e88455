"""Single sessions as they are drawn: one client, from its connect to its end.

Every session is one that a correct server of the profile serves without a finding, on a slow
machine too: what a client may not do (write while nobody reads, close a one-shot target's
connection with data on the way) is not in here.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.fuzzer import payloads
from harness.fuzzer.payloads import KIB, MIB
from harness.fuzzer.source import Source, Table
from harness.values import plan as p
from harness.values.plan import Step
from harness.values.verdict import Profile

Steps = tuple[Step, ...]

WINDOWS = (4 * KIB, 1 * KIB, 2 * KIB + 1, 16 * KIB, 64 * KIB)
MOMENT = 0.0005
"""Seconds of silence: some five times what a quick target takes for an echo."""
LAGS = (0.002, 0.005)
"""Seconds for which a reader lags behind hundreds of KiB, so that the target's buffer is full."""

FILLS = (350 * KIB, 600 * KIB)
"""Bytes that just fill the way to the target and back, as long as the system has not enlarged it:
the target stops reading shortly before the end."""

HALF_CLOSE, AWAIT_END = p.HalfClose(), p.AwaitEnd()
ENDED: Steps = (HALF_CLOSE, AWAIT_END)
INSIST, BRIEFLY = p.AwaitEcho(), p.AwaitEcho(briefly=True)


def connect(source: Source) -> p.Connect:
    """Open the connection, now and then with a small window."""
    if source.chance(6):
        return p.Connect(receive_buffer=source.choose(WINDOWS))
    return p.Connect()


def await_echo(source: Source) -> p.AwaitEcho:
    """Wait for the echo, or only briefly: what is missing then shows sooner, at the end."""
    return INSIST if source.chance(40) else BRIEFLY


def ending(source: Source) -> Steps:
    """The ways to leave when everything has come back."""
    way = source.weighted(ENDINGS)
    if way == "end":
        return ENDED
    if way == "echo":
        return (HALF_CLOSE, INSIST, p.Close())
    return (p.Close(),) if way == "close" else (p.Reset(),)


ENDINGS = Table({"end": 80, "close": 8, "reset": 7, "echo": 5})


# --- styles -------------------------------------------------------------------------------------


def message(source: Source) -> Steps:
    """One message and the end right behind it, so that both may be there before the first read."""
    return (connect(source), p.Send(payloads.payload(source)), *ENDED)


def dialogue(source: Source) -> Steps:
    """A few messages, each sent when the one before has come back."""
    steps: list[Step] = [connect(source)]
    for _ in range(source.integer(1, 2)):
        steps += [p.Send(payloads.payload(source, 16 * KIB + 1)), await_echo(source)]
    if source.chance(20):
        steps.append(p.Send(payloads.payload(source, 4 * KIB)))
        return (*steps, *ENDED)
    # Leaving without having insisted may cut an echo off, which a one-shot target notices.
    steps[-1] = INSIST
    return (*steps, *ending(source))


def pieces(source: Source) -> Steps:
    """One message in several writes."""
    what = payloads.payload(source, 8 * KIB + 1)
    cut = payloads.cuts(source, p.size_of(what))
    lockstep = 0.2 if len(cut) > 1 and source.chance(20) else 0.0
    return (connect(source), p.Send(what, cuts=cut, lockstep=lockstep), *ENDED)


def drip(source: Source) -> Steps:
    """A few bytes with pauses in between."""
    what = payloads.payload(source, 12)
    return (p.Connect(), p.Send(what, cuts=(source.integer(1, 4),), gap=MOMENT), *ENDED)


def burst(source: Source) -> Steps:
    """Several messages without waiting for any echo."""
    sends = [p.Send(payloads.payload(source, 8 * KIB + 1)) for _ in range(source.integer(2, 4))]
    return (connect(source), *sends, *ENDED)


def silent(source: Source) -> Steps:
    """Nothing but the end, or a wait before the first byte."""
    if source.chance(95):
        return (p.Connect(), *ENDED)
    return (p.Connect(), p.Wait(MOMENT), p.Send(payloads.payload(source, KIB)), *ENDED)


def cumulative(source: Source) -> Steps:
    """More than 64 KiB on one connection, in odd messages."""
    steps: list[Step] = [connect(source)]
    for _ in range(source.integer(2, 4)):
        steps.append(p.Send(p.Random(source.integer(0, payloads.SEEDS), _odd(source))))
        if source.chance(50):
            steps.append(await_echo(source))
    return (*steps, *ENDED)


def _odd(source: Source) -> int:
    return source.integer(17_000, 50_000)


def large(source: Source) -> Steps:
    """Hundreds of KiB, or 1 MiB, while reading, or with a reader that lags behind the end."""
    low, high = FILLS if source.chance(50) else (128 * KIB, MIB)
    what = payloads.flood(source, low, high)
    if source.chance(30):
        return (connect(source), p.Send(what), *ENDED)
    return (
        p.Connect(),
        p.StopReading(),
        p.Send(what, background=True),
        p.HalfClose(background=True),
        p.Wait(source.choose(LAGS)),
        p.StartReading(),
        AWAIT_END,
    )


def lagging(source: Source) -> Steps:
    """The reader takes its echo only after the end was sent, perhaps in small bites."""
    pace = p.StartReading()
    if source.chance(30):
        pace = p.StartReading(chunk=source.integer(1, 700), gap=0.0, limit=4 * KIB)
    return (
        connect(source),
        p.StopReading(),
        p.Send(payloads.payload(source), background=True),
        p.HalfClose(background=True),
        p.Wait(MOMENT),
        pace,
        AWAIT_END,
    )


def leave(source: Source) -> Steps:
    """Leave before the echo has come: with reset or close, before, while or after sending."""
    last: Step = p.Reset() if source.chance(60) else p.Close()
    if source.chance(25):
        return (p.Connect(), last)
    what = payloads.usual(source, 128 * KIB)  # nobody looks at its echo
    steps: list[Step] = [connect(source), p.Send(what, background=True)]
    if source.chance(30):
        steps.append(p.HalfClose(background=True))
    if source.chance(10):
        steps.append(p.Wait(source.choose((0.0002, MOMENT))))
    return (*steps, last)


def vanish(source: Source) -> Steps:
    """``leave`` for a one-shot target: only a reset excuses its exit status."""
    return (*leave(source)[:-1], p.Reset())


def exact(source: Source) -> Steps:
    """While the target is paused, one to three writes (and the end) come to lie in its buffer."""
    steps: list[Step] = [p.Connect()]
    if source.chance(70):
        steps += [p.Send(payloads.payload(source, 64)), INSIST]
    steps.append(p.PauseTarget())
    steps += [
        p.Send(payloads.payload(source, 64 * KIB), background=True)
        for _ in range(source.integer(1, 3))
    ]
    if source.chance(40):
        return (*steps, p.HalfClose(background=True), p.ResumeTarget(), AWAIT_END)
    steps += [p.ResumeTarget(), INSIST]
    return (*steps, *ending(source))


Style = Callable[[Source], Steps]

LIGHT: dict[Style, int] = {
    message: 600,
    dialogue: 60,
    pieces: 45,
    burst: 40,
    silent: 70,
    lagging: 6,
    drip: 2,
    cumulative: 6,
    large: 1,
}
"""Weights by what a style finds and costs: a wait is worth two or three sessions."""

STYLES: dict[Profile, Table[Style]] = {
    Profile.ONE_SHOT: Table({**LIGHT, cumulative: 50, large: 40, drip: 30, vanish: 60}),
    Profile.SEQUENTIAL: Table({**LIGHT, leave: 130}),
    # A concurrent server has its own code for back-pressure, which few sessions test.
    Profile.CONCURRENT: Table({**LIGHT, lagging: 10, large: 8, leave: 130}),
}
PAUSES = {Profile.ONE_SHOT: 10.0, Profile.SEQUENTIAL: 1.5, Profile.CONCURRENT: 2.0}
"""Percentage of sessions that pause the target, which costs about a millisecond."""


def session(source: Source, profile: Profile, *, may_pause: bool) -> Steps:
    """One session of whatever style the profile allows."""
    if may_pause and source.chance(PAUSES[profile]):
        return exact(source)
    return source.weighted(STYLES[profile])(source)
