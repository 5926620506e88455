"""What no rule explains, and looks like what a cause explains."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, explain
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE
from harness.diagnosis.explaining import explain as explain_by
from harness.diagnosis.rule import Rule, Sign
from harness.values.report import UNEXPLAINED
from harness.values.verdict import Kind
from tests.diagnosis.made import case, ended, failed, found
from tests.diagnosis.simulated import case_of

SEEN, OTHER = "identity/newlines", "fuzz/plans"


def rule(confidence: str = LIKELY, may: tuple[str, ...] = ("*",)) -> Rule:
    """One that explains ``SEEN`` only."""
    sign = Sign(frozenset({SEEN}), confidence=confidence)
    return Rule("strips-whitespace", lambda case: sign, may=may)


def seen(kind: Kind, check_id: str = OTHER) -> Case:
    """Bytes are lost in ``SEEN``, and ``check_id`` fails for ``kind``."""
    return case(failed(SEEN, found(Kind.LOST)), failed(check_id, found(kind)))


@pytest.mark.parametrize("confidence", [LIKELY, CERTAIN])
@pytest.mark.parametrize("kind", [Kind.LOST, Kind.CHANGED, Kind.EXTRA])
def test_alike_is_of_the_same_bug(kind: Kind, confidence: str) -> None:
    """Other bytes here and there are hardly two bugs; that one is less sure is said."""
    told = explain_by(seen(kind), [rule(confidence)])
    assert [(c.id, set(c.explains)) for c in told.causes] == [("strips-whitespace", {SEEN, OTHER})]
    assert told.diagnoses[SEEN].confidence == confidence
    assert told.diagnoses[OTHER].confidence == POSSIBLE


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        (Kind.EARLY_CLOSE, rule()),
        (Kind.LOST, rule(POSSIBLE)),
        (Kind.LOST, rule(may=("identity/*",))),
    ],
    ids=["looks otherwise", "the bug is a guess", "the bug cannot do that"],
)
def test_what_is_not_alike_stays_unexplained(kind: Kind, one: Rule) -> None:
    """A wrong cause is worse than none."""
    assert explain_by(seen(kind), [one]).diagnoses[OTHER].cause is None


def test_an_end_of_a_target_that_lives_is_not_like_that_of_one_that_died() -> None:
    """A crash explains no connection that a living server has closed."""
    died = failed(SEEN, found(Kind.EARLY_CLOSE), deaths=(ended(1),))
    lives = failed(OTHER, found(Kind.EARLY_CLOSE))
    assert explain_by(case(died, lives), [rule(CERTAIN)]).diagnoses[OTHER].cause is None


def test_nothing_is_like_a_warning() -> None:
    """A bug that breaks a ``should`` only does not grow to one that breaks a ``must``."""
    warned = replace(seen(Kind.LOST), warnings=frozenset({SEEN}))
    assert explain_by(warned, [rule()]).diagnoses[OTHER].cause is None


def test_a_guess_that_leaves_more_of_the_same_look_open_is_not_said() -> None:
    """Twenty clients wait in vain, and a guess explains three of them: it is another bug."""
    lost = [failed(i, found(Kind.LOST)) for i in (SEEN, OTHER, "identity/counter")]
    assert explain_by(case(*lost[:2]), [rule(POSSIBLE)]).diagnoses[SEEN].cause is not None
    told = explain_by(case(*lost), [rule(POSSIBLE)])
    assert [cause.id for cause in told.causes] == [UNEXPLAINED]
    ended = failed("identity/counter", found(Kind.EARLY_CLOSE))
    told = explain_by(case(*lost[:2], ended), [rule(POSSIBLE)])
    assert told.causes[0].id == "strips-whitespace"


def test_a_guess_beside_what_is_certain_is_not_said() -> None:
    """Bytes are lost in both, and one bug that loses bytes is proved: the other is not guessed."""
    guess = Rule("length-prefix", lambda case: Sign(frozenset({OTHER}), confidence=POSSIBLE))
    for confidence, others in ((CERTAIN, set()), (LIKELY, {"length-prefix"})):
        told = explain_by(seen(Kind.LOST), [rule(confidence), guess])
        assert {c.id for c in told.causes} == {"strips-whitespace", *others}
    ended = explain_by(seen(Kind.EARLY_CLOSE), [rule(CERTAIN), guess])
    assert {c.id for c in ended.causes} == {"strips-whitespace", "length-prefix"}


def test_white_space_within_a_long_message() -> None:
    """What was at the edge of a read is lost there too."""
    told = explain(case_of(lambda reads: (b"".join(read.strip() for read in reads), False)))
    assert UNEXPLAINED not in {cause.id for cause in told.causes}


@pytest.mark.parametrize(
    ("confidence", "own", "left", "is_said"),
    [
        (LIKELY, 1, 2, True),
        (LIKELY, 1, 3, False),
        (LIKELY, 2, 4, True),
        (LIKELY, 2, 5, False),
        (POSSIBLE, 1, 2, True),
        (POSSIBLE, 1, 3, False),
        (CERTAIN, 1, 9, True),
    ],
)
def test_a_cause_that_leaves_far_more_open_than_it_explains_is_not_said(
    confidence: str, own: int, left: int, is_said: bool
) -> None:
    """Bytes are lost in one check, and connections end in many: that is another bug, most likely;
    what is certain is said all the same."""
    explained = [failed(f"identity/{n}", found(Kind.LOST)) for n in range(own)]
    ended = [failed(f"sessions/{n}", found(Kind.EARLY_CLOSE)) for n in range(left)]
    sign = Sign(frozenset(e.check_id for e in explained), confidence=confidence)
    one = Rule("strips-whitespace", lambda case: sign)
    told = [cause.id for cause in explain_by(case(*explained, *ended), [one]).causes]
    assert told == (["strips-whitespace", UNEXPLAINED] if is_said else [UNEXPLAINED])


def test_warnings_that_stay_open_speak_against_no_cause() -> None:
    """A ``should`` says little of a bug, and many of them no more."""
    ended = [failed(f"sessions/{n}", found(Kind.EARLY_CLOSE)) for n in range(3)]
    one = case(failed(SEEN, found(Kind.LOST)), *ended)
    warned = replace(one, warnings=frozenset(e.check_id for e in ended))
    assert [cause.id for cause in explain_by(one, [rule()]).causes] == [UNEXPLAINED]
    assert [cause.id for cause in explain_by(warned, [rule()]).causes] == ["strips-whitespace"]


# --- what is worth the same -----------------------------------------------------------------------


def test_a_line_of_the_source_decides_between_what_is_worth_the_same() -> None:
    """One cause for all four failures, or a second for three of them that the source speaks for:
    the sums are equal, and their last digits must not decide, as failures have no order."""
    ids = [f"partial-send/{n}" for n in range(4)]
    rules = [
        Rule("never-resumes", lambda case: Sign(frozenset(ids))),
        Rule("writable-not-watched", lambda case: Sign(frozenset(ids[1:]))),
    ]
    one = case(*(failed(i, found(Kind.NO_ECHO)) for i in ids))
    source = (("Server.java", "channel.write(first);"),)
    for turned in (rules, rules[::-1]):
        told = explain_by(replace(one, sources=source), turned).causes
        assert {cause.id for cause in told} == {"never-resumes", "writable-not-watched"}
        assert [cause.id for cause in explain_by(one, turned[:1]).causes] == [turned[0].cause]


# --- what comes first ---------------------------------------------------------------------------

CAPACITY, RUDE = "sessions/capacity", "resources/descriptors"


def of_one(cause: str, check_id: str, confidence: str = LIKELY) -> Rule:
    return Rule(cause, lambda case: Sign(frozenset({check_id}), confidence=confidence))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("confidence", "first"), [(LIKELY, "descriptor-leak"), (POSSIBLE, "connection-limit")]
)
def test_a_limit_of_clients_comes_behind_another_warning(
    turned: bool, confidence: str, first: str
) -> None:
    """That there is an end is hardly a bug; but it comes before a guess."""
    failures = [failed(i, found(Kind.RESOURCE)) for i in (CAPACITY, RUDE)]
    one = replace(case(*failures), warnings=frozenset({CAPACITY, RUDE}))
    rules = [of_one("connection-limit", CAPACITY), of_one("descriptor-leak", RUDE, confidence)]
    told = [cause.id for cause in explain_by(one, rules[::-1] if turned else rules).causes]
    assert set(told) == {"connection-limit", "descriptor-leak"}
    assert told[0] == first


def test_of_two_warnings_the_end_of_the_server_comes_first() -> None:
    """Though less is sure of it: it is what a user has to mend first."""
    urgent, famine = "resilience/urgent-data", "resilience/descriptor-famine"
    failures = [failed(urgent, found(Kind.TRUNCATED)), failed(famine, found(Kind.DIED, None))]
    one = replace(case(*failures), warnings=frozenset({urgent, famine}))
    rules = [of_one("urgent-data", urgent, CERTAIN), of_one("descriptor-famine", famine)]
    told = [cause.id for cause in explain_by(one, rules).causes]
    assert told == ["descriptor-famine", "urgent-data"]


def test_a_limit_that_harms_others_too_is_a_bug_as_any() -> None:
    """Of two warnings each the order stays that of the rules, whichever has the capacity."""
    ids = (CAPACITY, "sessions/churn", RUDE)
    one = replace(case(*(failed(i, found(Kind.RESOURCE)) for i in ids)), warnings=frozenset(ids))
    sign = Sign(frozenset({CAPACITY, "sessions/churn"}))
    rules = [of_one("descriptor-leak", RUDE), Rule("connection-limit", lambda case: sign)]
    told = [cause.id for cause in explain_by(one, rules).causes]
    assert told == ["connection-limit", "descriptor-leak"]
