"""The oracle: a pure function from a plan and what happened to what was not allowed.

What is allowed follows from the plan alone.

* Every byte that a client wrote comes back, unchanged, in order, once.  A client that closes or
  resets the connection itself may have seen any prefix.
* The target may end a connection only after the client has half-closed it, and only when
  everything has been sent back.  It ends it with FIN.
* The target may die only when the plan asks for it, or when it is one-shot, its connection is
  over, and it exits with status 0.

How the reply is cut into segments means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.judging.findings import about, all_bytes, difference, in_bytes
from harness.judging.streams import Sent, Streams
from harness.values.plan import Plan, Reset
from harness.values.trace import Death, Ending, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile


def judge(plan: Plan, trace: Trace, profile: Profile) -> list[Finding]:
    """The breaches that ``trace`` proves, the gravest first: safety, then liveness."""
    found: list[Finding] = []
    streams = Streams(plan)
    for i, (script, seen) in enumerate(zip(plan.scripts, trace.scripts, strict=True)):
        if not _faultless(seen) and script.connects:
            found += _judge_session(streams, i, seen, trace)
    found += _judge_deaths(plan, trace, profile)
    died = {f.session for f in found if f.kind is Kind.DIED}
    if died:
        # The death explains what the connections that it tore down look like.
        found = [
            f
            for f in found
            if f.kind not in (Kind.REFUSED, Kind.EARLY_CLOSE, Kind.RESET) or f.session not in died
        ]
    return sorted(found, key=lambda f: f.breach is not Breach.SAFETY)


def _faultless(seen: ScriptTrace) -> bool:
    """Whether a session ended as usual, seen quickly: all came back, then the target closed."""
    return (
        seen.ending is Ending.FIN
        and seen.half_closed
        and seen.echoed == seen.sent == seen.received
        and seen.stuck is None
    )


def _judge_session(
    streams: Streams, index: int, seen: ScriptTrace, trace: Trace
) -> Iterator[Finding]:
    asked = any(death.asked for death in trace.deaths)
    sent = Sent(streams, index, seen.sent)
    if seen.error and seen.ending is Ending.NEVER:
        yield Finding(
            kind=Kind.REFUSED,
            breach=Breach.LIVENESS,
            message=f"connection {index + 1} was not accepted: {seen.error}",
            session=index,
            ending=seen.ending,
        )
        return
    if seen.surplus:
        yield difference(sent, seen)
    missing = seen.sent - seen.echoed
    if seen.ending in (Ending.FIN, Ending.RST, Ending.DIED) and not asked:
        yield from _judge_end(sent, seen, missing)
    if seen.stuck is not None and not seen.surplus and not (asked and seen.ended):
        yield from _judge_wait(sent, seen, missing)


def _state(seen: ScriptTrace, missing: int) -> str:
    """What had come back by the end, in words that go before "ended its side"."""
    if missing:
        bytes_of = f"{seen.received:,} of {seen.sent:,} bytes"
        return f"after {bytes_of}, with {in_bytes(missing)} not sent back, before the client had"
    if not seen.sent:
        return "before the client had sent anything or"
    return f"after {all_bytes(seen.sent)} had come back, but before the client had"


def _cut(seen: ScriptTrace, missing: int) -> str:
    """How much was missing when the connection ended in order, in words that go after "when"."""
    if seen.sent == 1:
        return "the 1 byte that was sent had not come back"
    last = f"the last {in_bytes(missing)} are" if missing > 1 else "the last byte is"
    return f"only {seen.echoed:,} of {in_bytes(seen.sent)} had come back: {last} missing"


def _no_end(seen: ScriptTrace) -> str:
    """What a client had done that waits for the end of its connection and misses no byte."""
    if not seen.sent:
        return "the client half-closed and had sent nothing"
    return f"{all_bytes(seen.sent)} came back and the client half-closed"


def _judge_end(sent: Sent, seen: ScriptTrace, missing: int) -> Iterator[Finding]:
    """Findings about a connection that the target ended: too early, or with bytes missing."""
    how = {Ending.FIN: "closed", Ending.RST: "reset", Ending.DIED: "dropped (it died)"}[seen.ending]
    if not seen.half_closed:
        yield about(
            Kind.EARLY_CLOSE,
            Breach.SAFETY,
            f"the target {how} the connection {_state(seen, missing)} ended its side",
            sent,
            seen,
        )
    elif missing and seen.asked is not None and not seen.surplus:
        yield about(
            Kind.NO_ECHO,
            Breach.SAFETY,
            f"{seen.echoed:,} of {seen.sent:,} bytes came back; {missing:,} did not come within "
            f"{seen.asked:.1f} s, and when the client ended its side then the target {how} the "
            "connection without them",
            sent,
            seen,
        )
    elif missing and not seen.surplus:
        yield about(
            Kind.TRUNCATED,
            Breach.SAFETY,
            f"the target {how} the connection when {_cut(seen, missing)}",
            sent,
            seen,
        )
    elif seen.ending is Ending.RST and not seen.surplus:
        yield about(
            Kind.RESET,
            Breach.SAFETY,
            "all bytes came back, but the target ended the connection with RST instead of FIN",
            sent,
            seen,
        )


def _judge_wait(sent: Sent, seen: ScriptTrace, missing: int) -> Iterator[Finding]:
    """Findings about a wait that ended with the patience: what did not happen."""
    assert seen.stuck is not None
    waited = f"within {seen.stuck.waited:.1f} s without any progress"
    match seen.stuck.kind:
        case "connect":
            kind = Kind.REFUSED
            text = f"connection {sent.index + 1} was not established {waited}"
        case "await-release":
            kind = Kind.NOT_RELEASED
            text = f"the target's socket stayed in CLOSE_WAIT {waited}: it was not closed"
        case "await-exit":
            kind = Kind.STILL_RUNNING
            text = f"the target had not ended {waited}"
        case "send" | "half-close" | "await-stall" if not missing:
            kind = Kind.NOT_TAKEN
            text = f"the target took no more data after {seen.sent:,} bytes, {waited}"
        case "await-end" if not missing:
            kind = Kind.NO_END
            text = f"{_no_end(seen)}, but the target did not end the connection {waited}"
        case "await-end":
            kind = Kind.NO_ECHO
            text = (
                f"after the half-close {seen.echoed:,} of {seen.sent:,} bytes had come back and "
                f"the connection stayed open: {in_bytes(missing)} did not come {waited}"
            )
        case _:
            if not missing:
                return
            kind = Kind.NO_ECHO
            came = f"{seen.echoed:,} of {seen.sent:,} bytes came back"
            text = f"{came}; {missing:,} did not come {waited}"
    yield about(kind, Breach.LIVENESS, text, sent, seen)


def _judge_deaths(plan: Plan, trace: Trace, profile: Profile) -> Iterator[Finding]:
    for death in trace.deaths:
        if death.asked:
            continue
        if profile is Profile.ONE_SHOT:
            # An instance without a session of this plan has served an earlier one, and ends after
            # it.
            if death.script is not None and (finding := _one_shot_death(plan, trace, death)):
                yield finding
            continue
        yield Finding(
            kind=Kind.DIED,
            breach=Breach.SAFETY,
            message=f"the target ended ({death}) although nobody asked it to",
            session=death.script,
            ending=Ending.DIED,
        )


def _one_shot_death(plan: Plan, trace: Trace, death: Death) -> Finding | None:
    assert death.script is not None
    seen = trace.scripts[death.script]
    tore = seen.ending in (Ending.FIN, Ending.RST, Ending.DIED) and not seen.half_closed
    if tore and not death.clean:
        return Finding(
            kind=Kind.DIED,
            breach=Breach.SAFETY,
            message=f"the target ended ({death}) in the middle of its connection",
            session=death.script,
            ending=Ending.DIED,
        )
    vanished = any(isinstance(step, Reset) for step in plan.scripts[death.script].steps)
    left_open = seen.ending is Ending.OPEN  # the client dropped it then, which is like a reset
    if death.clean or vanished or left_open:
        return None
    return Finding(
        kind=Kind.EXIT_STATUS,
        breach=Breach.SAFETY,
        message=f"the target ended with {death} after its connection, not with exit status 0",
        session=death.script,
        ending=seen.ending,
    )
