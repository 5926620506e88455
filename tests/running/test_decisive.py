"""Causes that say which constant of the target a failure cannot do without."""

from __future__ import annotations

from harness.contract.catalogue import FUZZ_ID
from harness.diagnosis import Case, Evidence, Explanation
from harness.running.decisive import with_constants
from harness.values import plan as p
from harness.values.dictionary import Constant, dictionary
from harness.values.report import Cause
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

OWN = dictionary([Constant(4777, "server.py, line 12", compared=True)])


def cause(*explains: str) -> Cause:
    return Cause("id", "bug", "hint", "likely", explains, evidence=("Seen.",))


def case(check_id: str, size: int) -> Case:
    plan = p.one(p.Connect(), p.Send(p.Plain(0, size)), p.AwaitEcho())
    finding = Finding(Kind.LOST, Breach.SAFETY, "a byte is missing", session=0)
    evidence = Evidence(check_id, "", Profile.SEQUENTIAL, plan, Trace(()), (finding,))
    return Case(Profile.SEQUENTIAL, (evidence,))


def evidence_of(check_id: str, size: int, *explains: str) -> tuple[str, ...]:
    found = with_constants(Explanation((cause(*explains),), {}), case(check_id, size), OWN)
    return found.causes[0].evidence


def test_a_cause_says_where_the_size_stands() -> None:
    """With what was seen before."""
    assert evidence_of(FUZZ_ID, 4777, FUZZ_ID) == ("Seen.", "4,777 stands in server.py, line 12.")


def test_others_say_nothing() -> None:
    """A size that stands nowhere, a cause of something else, a plan that was written by hand."""
    assert evidence_of(FUZZ_ID, 4000, FUZZ_ID) == ("Seen.",)
    assert evidence_of(FUZZ_ID, 4777, "identity/hello") == ("Seen.",)
    assert evidence_of("identity/hello", 4777, "identity/hello") == ("Seen.",)
