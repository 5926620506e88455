"""The oracle: a plan and what happened, in; what was not allowed, out.  A pure function.

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
from functools import cached_property

from harness.judging.alignment import Difference, compare
from harness.values.plan import Plan, Reset, Script, sent_by
from harness.values.trace import Death, Ending, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

WINDOW = 32
"""Bytes shown of what was expected and got, a few of them before the difference."""
BEFORE = 8


def judge(plan: Plan, trace: Trace, profile: Profile) -> list[Finding]:
    """The breaches that ``trace`` proves, the gravest first: safety, then liveness."""
    found: list[Finding] = []
    streams = Streams(plan)
    for i, (script, seen) in enumerate(zip(plan.scripts, trace.scripts, strict=True)):
        if not _faultless(seen) and script.connects:
            found += _judge_session(streams, i, script, seen, trace)
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
    """The usual end, told apart quickly: everything came back, then the target closed."""
    return (
        seen.ending is Ending.FIN
        and seen.half_closed
        and seen.echoed == seen.sent == seen.received
        and seen.stuck is None
    )


def _judge_session(
    streams: Streams, index: int, script: Script, seen: ScriptTrace, trace: Trace
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
        yield _difference(streams, index, sent, seen)
    missing = seen.sent - seen.echoed
    if seen.ending in (Ending.FIN, Ending.RST, Ending.DIED) and not asked:
        yield from _judge_end(index, script, sent, seen, missing)
    if seen.stuck is not None and not seen.surplus and not (asked and seen.ended):
        yield from _judge_wait(index, sent, seen, missing)


def _judge_end(
    index: int, script: Script, sent: Sent, seen: ScriptTrace, missing: int
) -> Iterator[Finding]:
    """The target ended the connection: was that the time, and was everything there?"""
    how = {Ending.FIN: "closed", Ending.RST: "reset", Ending.DIED: "dropped (it died)"}[seen.ending]
    if not seen.half_closed:
        state = f"with {_bytes(missing)} not sent back" if missing else "with nothing outstanding"
        yield _about(
            Kind.EARLY_CLOSE,
            Breach.SAFETY,
            f"the target {how} the connection after {seen.received} of {seen.sent} bytes, {state}, "
            "before the client had ended its side",
            index,
            sent,
            seen,
        )
    elif missing and seen.asked is not None and not seen.surplus:
        yield _about(
            Kind.NO_ECHO,
            Breach.SAFETY,
            f"{seen.echoed} of {seen.sent} bytes came back; {missing} did not come within "
            f"{seen.asked:.1f} s, and when the client ended its side then the target {how} the "
            "connection without them",
            index,
            sent,
            seen,
        )
    elif missing and not seen.surplus:
        yield _about(
            Kind.TRUNCATED,
            Breach.SAFETY,
            f"the target {how} the connection when only {seen.echoed} of {seen.sent} bytes had "
            f"come back: the last {_bytes(missing)} {'is' if missing == 1 else 'are'} missing",
            index,
            sent,
            seen,
        )
    elif seen.ending is Ending.RST and not seen.surplus:
        yield _about(
            Kind.RESET,
            Breach.SAFETY,
            "all bytes came back, but the target ended the connection with RST instead of FIN",
            index,
            sent,
            seen,
        )


def _judge_wait(index: int, sent: Sent, seen: ScriptTrace, missing: int) -> Iterator[Finding]:
    """Patience ended: what did not happen?"""
    assert seen.stuck is not None
    waited = f"within {seen.stuck.waited:.1f} s without any progress"
    match seen.stuck.kind:
        case "connect":
            kind = Kind.REFUSED
            text = f"connection {index + 1} was not established {waited}"
        case "await-release":
            kind = Kind.NOT_RELEASED
            text = f"the target's socket stayed in CLOSE_WAIT {waited}: it was not closed"
        case "await-exit":
            kind = Kind.STILL_RUNNING
            text = f"the target had not ended {waited}"
        case "send" | "half-close" | "await-stall" if not missing:
            kind = Kind.NOT_TAKEN
            text = f"the target took no more data after {seen.sent} bytes, {waited}"
        case "await-end" if not missing:
            kind = Kind.NO_END
            text = (
                f"all {seen.sent} bytes came back and the client half-closed, "
                f"but the target did not end the connection {waited}"
            )
        case "await-end":
            kind = Kind.NO_ECHO
            text = (
                f"after the half-close {seen.echoed} of {seen.sent} bytes had come back and the "
                f"connection stayed open: {_bytes(missing)} did not come {waited}"
            )
        case _:
            if not missing:
                return
            kind = Kind.NO_ECHO
            text = f"{seen.echoed} of {seen.sent} bytes came back; {missing} did not come {waited}"
    yield _about(kind, Breach.LIVENESS, text, index, sent, seen)


def _judge_deaths(plan: Plan, trace: Trace, profile: Profile) -> Iterator[Finding]:
    for death in trace.deaths:
        if death.asked:
            continue
        if profile is Profile.ONE_SHOT:
            # An instance that served nobody in this plan is on its way out from an earlier one.
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
    left_open = seen.ending is Ending.OPEN  # so it was dropped, which is as good as a reset
    if death.clean or vanished or left_open:
        return None
    return Finding(
        kind=Kind.EXIT_STATUS,
        breach=Breach.SAFETY,
        message=f"the target ended with {death} after its connection, not with exit status 0",
        session=death.script,
        ending=seen.ending,
    )


class Streams:
    """What the scripts of a plan mean to write, made only when there is something to say of it.

    It may be large, and is asked for again by each session that got a wrong byte.
    """

    def __init__(self, plan: Plan) -> None:
        self._scripts = plan.scripts
        self._made: dict[int, bytes] = {}

    def of(self, index: int) -> bytes:
        if index not in self._made:
            self._made[index] = sent_by(self._scripts[index])
        return self._made[index]

    def others(self, index: int) -> dict[int, bytes]:
        """The streams of all other scripts that connect."""
        return {
            i: self.of(i)
            for i, script in enumerate(self._scripts)
            if i != index and script.connects
        }


class Sent:
    """What one script wrote before it ended."""

    def __init__(self, streams: Streams, index: int, size: int) -> None:
        self._streams = streams
        self._index = index
        self._size = size

    @cached_property
    def all(self) -> bytes:
        return self._streams.of(self._index)[: self._size]


# --- evidence -----------------------------------------------------------------------------------


def _about(
    kind: Kind, breach: Breach, message: str, index: int, sent: Sent, seen: ScriptTrace
) -> Finding:
    start = max(0, seen.echoed - BEFORE)
    missing = seen.echoed < seen.sent
    return Finding(
        kind=kind,
        breach=breach,
        message=message,
        session=index,
        offset=seen.echoed,
        length=seen.sent - seen.echoed,
        expected=sent.all[start : start + WINDOW].hex() if missing else None,
        got=sent.all[start : seen.echoed].hex() if missing else None,
        window_start=start if missing else None,
        ending=seen.ending,
        sent=seen.sent,
        received=seen.received,
    )


def _bytes(count: int) -> str:
    return f"{count} byte{'s' if count != 1 else ''}"


def _difference(streams: Streams, index: int, sent: Sent, seen: ScriptTrace) -> Finding:
    found = compare(sent.all, seen.echoed, seen.surplus, streams.others(index))
    assert found is not None
    start = max(0, seen.echoed - BEFORE)
    expected = sent.all[start : start + WINDOW]
    got = (sent.all[start : seen.echoed] + seen.surplus)[:WINDOW]
    return Finding(
        kind=found.kind,
        breach=Breach.SAFETY,
        message=_in_words(found, seen),
        session=index,
        offset=found.offset,
        length=found.length,
        expected=expected.hex(),
        got=got.hex(),
        window_start=start,
        ending=seen.ending,
        sent=seen.sent,
        received=seen.received,
    )


def _in_words(found: Difference, seen: ScriptTrace) -> str:
    size = _bytes(found.length)
    be = "are" if found.length != 1 else "is"
    where = f"at offset {found.offset}"
    match found.kind:
        case Kind.CHANGED if found.source is not None:
            return f"{size} {where} came back changed: they stand at offset {found.source}, too"
        case Kind.CHANGED:
            return f"{size} {where} came back changed"
        case Kind.LOST:
            return f"{size} {where} {be} missing; what follows came back"
        case Kind.DUPLICATED:
            return f"{size} {where} came twice: they were sent at offset {found.source}"
        case Kind.REORDERED:
            return f"the order is wrong {where}: bytes from offset {found.source} came too early"
        case Kind.FOREIGN:
            owner = (found.owner or 0) + 1
            return f"{size} {where} belong to connection {owner}, not to this one"
        case _ if found.offset >= seen.sent:
            return f"{size} came {'unasked' if not seen.sent else 'after everything that was sent'}"
        case _:
            were = "were" if found.length != 1 else "was"
            return f"{size} {where} {were} never sent by the client"
