"""What is said of an outcome, and what a result shows of it: with literals, without any target."""

from __future__ import annotations

from harness.contract.catalogue import find
from harness.running.outcome import Outcome
from harness.running.results import MOST_MOMENTS, Shown, result_of, skipped, undecided
from harness.values.plan import Connect, Plan, Script, Terminate, in_turn
from harness.values.trace import Moment, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Status

HELLO = find("identity/hello")


def finding(kind: Kind, breach: Breach = Breach.LIVENESS, session: int | None = None) -> Finding:
    return Finding(kind=kind, breach=breach, message="", session=session)


def trace(*scripts: ScriptTrace, slow: float | None = None) -> Trace:
    return Trace(scripts=scripts, duration=1.0, slow=slow)


def outcome(*findings: Finding) -> Outcome:
    return Outcome(in_turn((Connect(),)), trace(ScriptTrace()), findings)


def test_an_outcome_says_how_sure_its_findings_are() -> None:
    """What is proved at once, what was only measured, and what only waiting has shown."""
    assert outcome(finding(Kind.CHANGED, Breach.SAFETY)).safety
    assert outcome(finding(Kind.RESOURCE)).measured
    assert not outcome(finding(Kind.RESOURCE), finding(Kind.NO_ECHO)).measured
    assert outcome(finding(Kind.NO_ECHO)).silent
    assert not outcome(finding(Kind.REFUSED), finding(Kind.NO_ECHO)).refused


def test_the_volume_counts_connections_and_not_operators() -> None:
    """A plan that only acts on the process has none."""
    two = in_turn((Connect(),), (Connect(),), (Terminate(),))
    seen = trace(ScriptTrace(sent=5), ScriptTrace(sent=7), ScriptTrace())
    assert Outcome(two, seen, ()).volume == "12 bytes on 2 connections"
    operator = Plan(scripts=(Script(steps=(Terminate(),)),))
    assert Outcome(operator, trace(ScriptTrace()), ()).volume == ""


def test_slowness_says_how_far_it_came() -> None:
    """With the option that gives it longer."""
    seen = trace(ScriptTrace(sent=9, echoed=4), slow=15.0)
    said = Outcome(in_turn((Connect(),)), seen, ()).slowness
    assert said.startswith("the target is slow: 4 bytes had come back")
    assert said.endswith("see --patience")


def moments(what: str, *at: float) -> ScriptTrace:
    return ScriptTrace(timeline=tuple(Moment(at, what) for at in at))


def test_a_result_shows_the_exchange_that_its_first_finding_names() -> None:
    """In the order of time, and no more of it than a reader follows."""
    many = trace(moments("mine", *range(2 * MOST_MOMENTS)), moments("another", 0.5))
    named = Shown((finding(Kind.NO_ECHO, session=0),), many)
    assert {e.what for e in result_of(HELLO, Status.FAILED, "", named).timeline} == {"mine"}
    of_all = result_of(HELLO, Status.FAILED, "", Shown((finding(Kind.NO_ECHO),), many)).timeline
    assert [e.what for e in of_all[:3]] == ["mine", "another", "mine"]
    assert len(of_all) == MOST_MOMENTS


def test_a_result_without_a_breach_shows_nothing() -> None:
    """Only the reason, beside what is always the same of a check."""
    for result, status in (
        (skipped(HELLO, "why"), Status.SKIPPED),
        (undecided(HELLO, "why"), Status.INCONCLUSIVE),
    ):
        assert (result.id, result.status, result.summary) == (HELLO.id, status, "why")
        assert (result.findings, result.timeline, result.repeat) == ((), (), "")
