"""Bytes that go wrong only while several clients are served."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, Evidence
from harness.diagnosis.rules.together import ALONE, shared_variable
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, failed, found, seen

IDS = ("sessions/no-crosstalk", "sessions/slow-client-aside")
THERE = "0.1 connected; 0.1 sent 10; 0.2 received 10"


def company(check_id: str, kind: Kind = Kind.EXTRA, *, later: bool = False) -> Evidence:
    """Two clients, the first of which gets other bytes; ``later``: the other came after it."""
    one = seen(THERE, finished=0.5, surplus=bytes(20))
    other = seen("0.8 connected" if later else THERE, finished=1.0)
    return failed(check_id, found(kind, offset=10, length=20), one, other)


def mixed(*evidence: Evidence, passed: tuple[str, ...] = ALONE) -> Case:
    return case(*evidence, passed=passed)


def test_a_length_that_threads_share() -> None:
    """More came than was sent, in two checks and always in company: a variable is shared."""
    one = mixed(*map(company, IDS))
    sign = shared_variable(one)
    assert sign is not None
    assert sign.explains == set(IDS)
    (said,) = sign.evidence
    assert said.startswith(
        "On 2 connections other bytes came than were sent, each time while other"
    )
    assert causes(one) == ["shared-buffer"]


@pytest.mark.parametrize(
    "one",
    [
        mixed(company(IDS[0])),
        mixed(*map(company, IDS), passed=ALONE[1:]),
        mixed(company(IDS[0]), company(IDS[1], later=True)),
        mixed(*(company(i, Kind.LOST) for i in IDS)),
        replace(mixed(*map(company, IDS)), profile=Profile.SEQUENTIAL),
    ],
    ids=["one check", "wrong alone too", "one after another", "only missing", "sequential"],
)
def test_what_has_other_reasons(one: Case) -> None:
    """Seen once, or alone too, or of a client that had left, or only as a loss."""
    assert shared_variable(one) is None
