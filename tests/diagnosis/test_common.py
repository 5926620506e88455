"""What is told of failures that nothing explains: what they have in common, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, Evidence
from harness.diagnosis.common import in_common
from harness.diagnosis.evidence import CERTAIN, POSSIBLE
from harness.diagnosis.experiments import Observed
from harness.diagnosis.explaining import explain
from harness.diagnosis.rule import Rule, Sign
from harness.values.payload import Random, materialise
from harness.values.report import UNEXPLAINED
from harness.values.verdict import Kind
from tests.diagnosis.made import case, failed, found, talked

CHECKS = ("identity/newlines", "chunking/uneven", "identity/counter", "fuzz/plans")
SIZES = (3000, 5000, 9000, 20_000)


def noise(number: int, size: int, *without: int) -> bytes:
    return materialise(Random(number, size)).translate(None, bytes(without))


def common(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    one = case(*evidence)
    return in_common(one, one.failed)


def lost(at: Sequence[int], sizes: Sequence[int], length: int) -> list[Evidence]:
    """One message each, of which ``length`` bytes are missing from ``at`` on."""
    return [
        talked(check_id, [data := noise(n, size)], data[:at] + data[at + length :])
        for n, (check_id, at, size) in enumerate(zip(CHECKS, at, sizes, strict=True))
    ]


def test_always_as_many_bytes_and_where_they_are_missing() -> None:
    """Each connection misses 300 bytes; it begins at multiples of a usual size, or at one place."""
    amount = "On each of the 4 connections that go wrong 300 bytes are missing."
    assert common(lost((1024, 3072, 7168, 2048), SIZES, 300)) == (
        "On each of the 4 connections that go wrong it begins at a multiple of 1,024 bytes.",
        amount,
    )
    assert common(lost((77,) * 4, SIZES, 300)) == (
        "On each of the 4 connections that go wrong it begins at offset 77.",
        amount,
    )
    assert common(lost((77, 201, 1000, 66), SIZES, 300)) == (amount,)


def test_the_byte_that_goes_wrong() -> None:
    """The first that is missing is the same byte each time, and nowhere before did it come back."""
    evidence = []
    for number, check_id in enumerate(CHECKS):
        head, tail = noise(number, 900 + 40 * number, 7), noise(40 + number, 100 + number)
        evidence.append(talked(check_id, [head + b"\x07" + tail], head + tail))
    assert common(evidence)[0] == (
        "On each of the 4 connections that go wrong 0x07 is the first byte that does not come back "
        "as it was sent."
    )


@pytest.mark.parametrize("few", [0, 2], ids=["nothing", "two connections"])
def test_too_few_have_nothing_in_common(few: int) -> None:
    """What two connections share may be chance."""
    assert common(lost((1024, 3072, 7168, 2048), SIZES, 300)[:few]) == ()


def test_what_differs_is_not_said() -> None:
    """Other places and other amounts on each connection: there is nothing to say."""
    places = zip(CHECKS, (77, 201, 1000, 66), (10, 20, 30, 40), strict=True)
    evidence = [
        talked(check_id, [data := noise(n, 3000 + n)], data[:at] + data[at + length :])
        for n, (check_id, at, length) in enumerate(places)
    ]
    assert common(evidence) == ()


def test_only_of_the_checks_that_are_unexplained() -> None:
    """What a known bug did to others is left out."""
    one = case(*lost((1024, 3072, 7168, 2048), SIZES, 300))
    assert in_common(one, frozenset(CHECKS[:2])) == ()


TRIED = Observed("later", {"other": 7}, "Number 7 was answered otherwise.", special=True)
PLAIN = Observed("idle", {}, "Silence ends nothing.")


def observed() -> Case:
    one = case(
        failed("identity/newlines", found(Kind.LOST)),
        failed("resilience/reset-idle", found(Kind.DIED)),
    )
    return replace(one, observed=(TRIED, PLAIN))


def crash(confidence: str) -> Rule:
    sign = Sign(frozenset({"resilience/reset-idle"}), confidence=confidence)
    return Rule("crash-on-reset", lambda case: sign)


def test_what_was_tried_is_told_with_what_is_unexplained() -> None:
    """An experiment that showed something no correct target shows; others say nothing."""
    (told,) = explain(observed(), ()).causes
    assert (told.id, told.experiments) == (UNEXPLAINED, (TRIED.said,))


@pytest.mark.parametrize(("confidence", "told"), [(CERTAIN, ()), (POSSIBLE, (TRIED.said,))])
def test_what_a_known_bug_may_have_shown_is_not_told(
    confidence: str, told: tuple[str, ...]
) -> None:
    """Beside a bug that is known nobody knows which of them the experiment has shown."""
    causes = explain(observed(), [crash(confidence)]).causes
    assert [c.experiments for c in causes if c.id == UNEXPLAINED] == [told]


def test_sizes_that_other_checks_speak_against() -> None:
    """Where a message of 65,536 bytes came back in a check that passed no size is the reason."""
    whole = [
        talked(i, [data := noise(n, size)], data[: size // 3])
        for n, (i, size) in enumerate(zip(CHECKS, (700, 750, 800, 900), strict=True))
    ]
    small = talked("identity/hello", [data := noise(9, 90), noise(8, 600)], data)
    said = "Single messages of 600, 700, 750 and 800 bytes go wrong; those of up to 90 come back."
    one = case(*whole, small)
    assert said in in_common(one, one.failed)
    one = replace(one, passed=one.passed | {"chunking/exact-read-then-end"})
    assert said not in in_common(one, one.failed)
