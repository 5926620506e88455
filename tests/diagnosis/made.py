"""Small cases, made by hand: what a run has seen, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.diagnosis import Case, Evidence, explain
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import Fact, Observed
from harness.diagnosis.experiments.exchanges import agreeing
from harness.judging.oracle import judge
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    Literal,
    Meet,
    Plan,
    Script,
    Send,
    Step,
    StopReading,
    one,
)
from harness.values.report import UNEXPLAINED
from harness.values.trace import Death, Ending, Measurement, Moment, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

WELL = frozenset(
    {
        "identity/one-byte",
        "identity/hello",
        "chunking/prompt",
        "shutdown/not-early",
        "shutdown/after-echo",
        "sessions/one-after-another",
    }
)
"""Checks that pass in most of these cases."""


def seen(timeline: str = "", **facts: object) -> ScriptTrace:
    """A script's trace; ``timeline``: ``0.1 sent 10; 0.2-0.4 received 10; 0.5 reset``."""
    moments = tuple(_moment(line.strip()) for line in timeline.split(";") if line.strip())
    sent = sum(m.size for m in moments if m.what == "sent")
    received = [m for m in moments if m.what == "received"]
    got = sum(m.size for m in received)
    plain: dict[str, object] = {
        "sent": sent,
        "received": got,
        "echoed": min(sent, got),
        "timeline": moments,
        "ending": Ending.CLIENT,
        "first_byte": received[0].at if received else None,
        "half_closed": any(m.what == "half-closed" for m in moments),
    }
    return ScriptTrace(**{**plain, **facts})  # type: ignore[arg-type]


def _moment(line: str) -> Moment:
    when, _, what = line.partition(" ")
    begin, _, end = when.partition("-")
    words, _, last = what.rpartition(" ")
    if words and last.isdigit():
        return Moment(float(begin), words, int(last), float(end) if end else None)
    return Moment(float(begin), what)


def found(kind: Kind, session: int | None = 0, **facts: object) -> Finding:
    return Finding(
        kind=kind,
        breach=Breach.SAFETY,
        message=str(facts.pop("message", "something was seen")),
        session=session,
        **facts,  # type: ignore[arg-type]
    )


def ended(status: int | None = 1, at: float = 1.0, **facts: object) -> Death:
    signal = facts.pop("signal", None)
    return Death(
        status=None if signal else status,
        signal=signal,  # type: ignore[arg-type]
        at=at,
        asked=False,
        script=0,
        output="",
    )


def failed(
    check_id: str,
    findings: Finding | Iterable[Finding],
    *scripts: ScriptTrace,
    plan: Plan | None = None,
    deaths: tuple[Death, ...] = (),
    output: str = "",
    together: bool = False,
    answers: Answers = Answers.UNKNOWN,
    measured: tuple[Measurement, ...] = (),
) -> Evidence:
    """The evidence of one failure; ``together``: the clients were there at the same time."""
    traces = scripts or (seen(),)
    meet = (Meet("all"),) if together else ()
    steps = (Connect(), *meet, StopReading(), Send(Literal(b"x" * 10)), AwaitEcho(), HalfClose())
    return Evidence(
        check_id=check_id,
        hint="",
        profile=Profile.CONCURRENT,
        plan=plan or Plan(scripts=(Script(steps=steps),) * len(traces)),
        trace=Trace(scripts=traces, deaths=deaths, measurements=measured),
        findings=(findings,) if isinstance(findings, Finding) else tuple(findings),
        experiments=answers,
        output=output,
    )


def talked(
    check_id: str,
    writes: Sequence[bytes],
    came: bytes,
    *,
    ending: Ending = Ending.FIN,
    early: bool = False,
) -> Evidence:
    """A connection on which each of ``writes`` waited for its answer, and in all ``came`` came.
    ``early``: the target ended it first.  What is wrong of it is for the oracle to say."""
    waits = (step for data in writes for step in (Send(Literal(data)), AwaitEcho()))
    return exchanged(check_id, (*waits, HalfClose()), b"".join(writes), came, ending, early=early)


def exchanged(
    check_id: str,
    steps: Iterable[Step],
    sent: bytes,
    came: bytes,
    ending: Ending = Ending.FIN,
    *,
    early: bool = False,
) -> Evidence:
    """The same of any steps, which wrote ``sent``."""
    plan = one(Connect(), *steps)
    good = agreeing(sent, came)
    script = seen(
        f"0.1 sent {len(sent)}; 0.2 received {len(came)}",
        echoed=good,
        surplus=came[good:],
        ending=ending,
        half_closed=not early,
    )
    wrong = judge(plan, Trace(scripts=(script,)), Profile.CONCURRENT)
    return failed(check_id, wrong, script, plan=plan)


def case(
    *failures: Evidence,
    passed: Iterable[str] = (),
    profile: Profile = Profile.CONCURRENT,
    pinned: bool = False,
    **observed: dict[str, Fact],
) -> Case:
    """A run; ``observed``: facts by experiment, ``slow_reader={...}`` for ``slow-reader``."""
    ids = {e.check_id for e in failures}
    return Case(
        profile,
        failures,
        passed=frozenset(passed) | (WELL - ids),
        observed=tuple(
            Observed(name.replace("_", "-"), facts, "It was tried.", special=True)
            for name, facts in observed.items()
        ),
        pinned=pinned,
    )


def causes(one: Case) -> list[str]:
    """The ids of the causes that it is put down to; none for what is unexplained."""
    return [cause.id for cause in explain(one).causes if cause.id != UNEXPLAINED]
