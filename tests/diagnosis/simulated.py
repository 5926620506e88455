"""Cases of servers that exist only as a function: what they answer is computed, not observed.

A server is a function from what it has read on a connection, read by read, to all that it has sent
by then, and whether it has ended the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from harness.contract.catalogue import CHECKS
from harness.contract.check import Check, Context
from harness.diagnosis import Case, Evidence
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import Observed
from harness.diagnosis.experiments.exchanges import agreeing
from harness.diagnosis.facts_stream import Message, messages_of
from harness.judging.oracle import judge
from harness.values.plan import AwaitEcho, HalfClose, Plan, Script, sent_by
from harness.values.trace import Ending, Moment, ScriptTrace, Stuck, Trace
from harness.values.verdict import Profile

Server = Callable[[Sequence[bytes]], tuple[bytes, bool]]

SMALL = (
    *("identity/one-byte", "identity/hello", "identity/every-byte-value", "identity/nul-bytes"),
    *("identity/newlines", "identity/edge-whitespace", "identity/invalid-utf8"),
    *("identity/split-utf8", "identity/telnet-bytes", "identity/control-bytes"),
    *("identity/looks-like-a-command", "identity/format-directives", "identity/nothing-extra"),
    *("chunking/prompt", "chunking/many-writes-one-read", "chunking/byte-by-byte"),
    *("shutdown/at-once", "shutdown/after-echo", "shutdown/not-early"),
)
"""The checks about bytes, and some about messages."""
LARGE = (
    *SMALL,
    *("chunking/read-boundary", "chunking/exact-read-then-end", "chunking/one-write-many-reads"),
    *("identity/counter", "identity/long-stream", "chunking/uneven", "chunking/cumulative"),
)
"""Those as well that send much; of the plans that are larger only the beginning."""
MANY = 150
"""Messages of a connection."""
MOST = 200_000
"""Bytes of a connection."""


def case_of(
    server: Server,
    buffer: int = 1024,
    checks: Sequence[str] = SMALL,
    *,
    observed: Iterable[Observed] = (),
    answers: Answers = Answers.UNKNOWN,
    command: tuple[str, ...] = ("server",),
) -> Case:
    """What the checks see of ``server``, which reads ``buffer`` bytes at a time."""
    failures, passed = [], set()
    for check in CHECKS:
        if check.id not in checks:
            continue
        plan = _plan(check)
        trace = Trace(scripts=tuple(_session(s, server, buffer) for s in plan.scripts))
        found = [f for f in judge(plan, trace, Profile.CONCURRENT) if f.kind not in check.ignores]
        if found:
            failures.append(_evidence(check.id, plan, trace, tuple(found), answers))
        else:
            passed.add(check.id)
    return Case(
        Profile.CONCURRENT,
        tuple(failures),
        frozenset(passed),
        command=command,
        observed=tuple(observed),
    )


@cache
def _plan(check: Check) -> Plan:
    return check.plan(Context(profile=Profile.CONCURRENT))


def _evidence(
    check_id: str, plan: Plan, trace: Trace, found: tuple[object, ...], answers: Answers
) -> Evidence:
    return Evidence(
        check_id=check_id,
        hint="",
        profile=Profile.CONCURRENT,
        plan=plan,
        trace=trace,
        findings=found,  # type: ignore[arg-type]
        experiments=answers,
    )


def _session(script: Script, server: Server, buffer: int) -> ScriptTrace:
    """One connection, as far as the first difference and the message after it."""
    whole = sent_by(script)[:MOST]
    reads: list[bytes] = []
    timeline = [Moment(0.0, "connected")]
    got, ended = server(reads)
    sent = 0
    for message in messages_of(script)[:MANY]:
        if message.start >= len(whole) or ended or (sent and not whole[:sent].startswith(got)):
            break
        before = len(got)
        data = whole[message.start : message.end]
        sent += len(data)
        timeline.append(Moment(0.1 * len(timeline), "sent", len(data)))
        for at in range(0, len(data), buffer):
            if not ended:
                reads.append(data[at : at + buffer])
                got, ended = server(reads)
        if len(got) > before:
            timeline.append(Moment(0.1 * len(timeline), "received", len(got) - before))
        if not ended and len(got) < sent and _insists(script, message):
            return _seen(whole[:sent], got, timeline, asked=True)
    return _seen(whole[:sent], got, timeline, early=ended, half_closes=_half_closes(script))


def _insists(script: Script, message: Message) -> bool:
    """Whether the plan waits for this answer until patience ends."""
    waits = [s for s in script.steps if isinstance(s, AwaitEcho)]
    return message.awaited and bool(waits) and not waits[0].briefly


def _half_closes(script: Script) -> bool:
    return any(isinstance(step, HalfClose) for step in script.steps)


def _seen(
    sent: bytes,
    got: bytes,
    timeline: Sequence[Moment],
    *,
    early: bool = False,
    half_closes: bool = True,
    asked: bool = False,
) -> ScriptTrace:
    echoed = agreeing(sent, got)
    return ScriptTrace(
        sent=len(sent),
        received=len(got),
        echoed=echoed,
        surplus=got[echoed:],
        ending=Ending.FIN if early or half_closes or asked else Ending.CLIENT,
        half_closed=not early and (half_closes or asked),
        stuck=Stuck(0, "await-echo", 0.3) if asked and echoed < len(sent) else None,
        asked=0.3 if asked else None,
        ended=0.1 * len(timeline),
        timeline=tuple(timeline),
    )


def each(change: Callable[[bytes], bytes]) -> Server:
    """A server that changes each read."""
    return lambda reads: (b"".join(map(change, reads)), False)


def until(stops: Callable[[Sequence[bytes]], bool], *, answers: bool = True) -> Server:
    """A server that ends the connection at the first read after which ``stops`` holds; whether it
    still ``answers`` that read."""

    def server(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        for count in range(1, len(reads) + 1):
            if stops(reads[:count]):
                return b"".join(reads[: count if answers else count - 1]), True
        return b"".join(reads), False

    return server
