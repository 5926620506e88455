"""Causes that say which constant of the target a failure cannot do without."""

from __future__ import annotations

from msgspec.structs import replace

from harness.contract.catalogue import FUZZ_ID
from harness.diagnosis import Case, Evidence, Explanation
from harness.diagnosis.experiments import Observed
from harness.running.decisive import asked, with_constants
from harness.values import plan as p
from harness.values.dictionary import Constant, dictionary
from harness.values.report import UNEXPLAINED, Cause
from harness.values.trace import Trace
from harness.values.verdict import Breach, Diagnosis, Finding, Kind, Profile

OWN = dictionary([Constant(4777, "server.py, line 12", compared=True)])


def cause(*explains: str, cause_id: str = "exact-size") -> Cause:
    return Cause(cause_id, "bug", "hint", "likely", explains, evidence=("Seen.",))


def case(check_id: str, size: int) -> Case:
    plan = p.one(p.Connect(), p.Send(p.Plain(0, size)), p.AwaitEcho())
    finding = Finding(Kind.LOST, Breach.SAFETY, "a byte is missing", session=0)
    evidence = Evidence(check_id, "", Profile.SEQUENTIAL, plan, Trace(()), (finding,))
    return Case(Profile.SEQUENTIAL, (evidence,))


def evidence_of(
    check_id: str, size: int, *explains: str, cause_id: str = "exact-size"
) -> tuple[str, ...]:
    one = cause(*explains, cause_id=cause_id)
    found = with_constants(Explanation((one,), {}), case(check_id, size), OWN)
    return found.causes[0].evidence


def test_a_cause_says_where_the_size_stands() -> None:
    """With what was seen before."""
    assert evidence_of(FUZZ_ID, 4777, FUZZ_ID) == ("Seen.", "4,777 stands in server.py, line 12.")


def test_a_cause_that_no_constant_decides_says_nothing() -> None:
    """A number of the source stands in the plan by chance; unless nothing else is known."""
    assert evidence_of(FUZZ_ID, 4777, FUZZ_ID, cause_id="crash-on-reset") == ("Seen.",)
    assert evidence_of(FUZZ_ID, 4777, FUZZ_ID, cause_id=UNEXPLAINED) != ("Seen.",)
    assert evidence_of(FUZZ_ID, 4777, FUZZ_ID, "identity/hello", cause_id=UNEXPLAINED) == ("Seen.",)


def test_others_say_nothing() -> None:
    """A size that stands nowhere, a cause of something else, a plan that was written by hand."""
    assert evidence_of(FUZZ_ID, 4000, FUZZ_ID) == ("Seen.",)
    assert evidence_of(FUZZ_ID, 4777, "identity/hello") == ("Seen.",)
    assert evidence_of("identity/hello", 4777, "identity/hello") == ("Seen.",)


WORDS = "'QS' ends the connection. 'QS' stands in server.py, line 9."
UNKNOWN = Explanation(
    (Cause(UNEXPLAINED, "bug", "Read.", "possible", ("chunking/uneven",)),),
    {"chunking/uneven": Diagnosis("unexplained: it ended", "Read.", "possible")},
)


def test_what_is_unexplained_asks_for_the_constants() -> None:
    """Words for texts, sizes and counts for numbers, and always whether later clients are served
    alike; nothing where there is no need."""
    words = dictionary([Constant(b"QS", "server.py, line 9")])
    some = case("chunking/uneven", 40)
    assert asked(UNKNOWN, some, words) == ("later", "words")
    assert asked(UNKNOWN, some, OWN) == ("later", "sizes", "messages")
    assert asked(UNKNOWN, some, dictionary([])) == ("later",)
    assert asked(Explanation((cause("chunking/uneven"),), {}), some, words) == ()


def test_what_is_unexplained_says_which_constant_did_something() -> None:
    """Another experiment says nothing there."""
    some = case("chunking/uneven", 40)
    seen = (
        Observed("messages", {"bad": 1}, "Number 3 is not answered.", special=True),
        Observed("words", {"ends": ["QS"]}, WORDS, special=True),
    )
    found = with_constants(UNKNOWN, replace(some, observed=seen), OWN)
    assert found.causes[0].experiments == (WORDS,)
    assert with_constants(UNKNOWN, some, OWN) == UNKNOWN
