"""Later clients that are treated as if they had ended already."""

from __future__ import annotations

import pytest

from harness.diagnosis.experiments import Fact
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, ended, failed, found, seen

CLOSED = found(Kind.EARLY_CLOSE, sent=20, received=10)
ANSWERED = seen("0.1 connected; 0.1 sent 20; 0.2 received 10; 0.2 target closed (FIN)")
LATER: dict[str, Fact] = {"other": 2, "again": 108, "more": 108}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (LATER, True),
        ({**LATER, "other": 3}, False),
        ({**LATER, "again": 40}, False),
        ({**LATER, "again": 3, "more": 3}, False),
    ],
    ids=["all later ones", "not the second", "not all", "too few"],
)
def test_all_but_the_first_are_closed(facts: dict[str, Fact], told: bool) -> None:
    """Each is answered, and closed: a mark that is not taken back when a client has ended."""
    two = [failed(i, CLOSED, ANSWERED) for i in ("identity/newlines", "sessions/churn")]
    assert ("state-by-descriptor" in causes(case(*two, later=facts))) is told


def test_who_gets_nothing_or_whose_server_dies_has_another_reason() -> None:
    """A limit in all, for instance, or a crash."""
    mute = found(Kind.EARLY_CLOSE, sent=20, received=0)
    nothing = [failed(i, mute, ANSWERED) for i in ("identity/newlines", "sessions/churn")]
    assert "state-by-descriptor" not in causes(case(*nothing, later=LATER))
    dead = failed("sessions/churn", CLOSED, ANSWERED, deaths=(ended(1),))
    assert "state-by-descriptor" not in causes(case(dead, later=LATER))
