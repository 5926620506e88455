"""What a run that ended early says of its seeds, from literals."""

from __future__ import annotations

import pytest

from harness.settings.run import Budget
from harness.spreading.coverage import Coverage, InOrder
from harness.spreading.ranges import ranges
from harness.values.verdict import Profile

BUDGET = Budget(sessions=1900, seconds=None, shrink_seconds=1.0, most_bugs=None)
EACH = "(200 sessions each)"
ENDLESS = Budget(sessions=None, seconds=60.0, shrink_seconds=1.0, most_bugs=None)


def told(budget: Budget, *became: str, seed: int = 5) -> str:
    """The words for searches that ended so, in this order; ``""`` for one without an answer."""
    coverage = Coverage(seed, budget)
    coming = ranges(seed, budget, Profile.SEQUENTIAL)
    for how, part in zip(became, coming, strict=False):
        coverage.begins(part)
        if how:
            coverage.searched(part, whole=how == "whole")
    return coverage.words(Profile.SEQUENTIAL)


@pytest.mark.parametrize(
    ("became", "words"),
    [
        ([], ""),
        (
            ["whole"],
            f"Seeds {EACH} searched to the end: 5; not at all: 6 to 14.",
        ),
        (
            ["whole", "whole", "part", "whole", ""],
            f"Seeds {EACH} searched to the end: 5 to 6, 8; in part: 7; not at all: 9 to 14.",
        ),
        (["whole"] * 10, f"Seeds {EACH} searched to the end: 5 to 14."),
        (["", ""], f"Seeds {EACH} not at all: 5 to 14."),
    ],
)
def test_the_seeds_are_told(became: list[str], words: str) -> None:
    """Those that were searched, those that were begun, and those that nobody came to."""
    assert told(BUDGET, *became) == words


def test_a_run_by_time_tells_what_was_begun() -> None:
    """It has no last seed."""
    assert told(ENDLESS, "whole", "part", "") == (
        "Seeds (1,000 sessions each) searched to the end: 5; in part: 6; not at all: 7."
    )


def test_seeds_begin_again_after_the_largest() -> None:
    """And are told as they are given to --seed."""
    assert told(ENDLESS, *["whole"] * 4, seed=2**31 - 2) == (
        "Seeds (1,000 sessions each) searched to the end: 2147483646 to 2147483647, 0 to 1."
    )


def test_answers_are_taken_in_order() -> None:
    """And at an early end those that wait for one that does not come, too."""
    answers: InOrder[str] = InOrder()
    assert answers.take(1, "b") == []
    assert answers.take(0, "a") == ["a", "b"]
    assert answers.take(4, "e") == []
    assert answers.take(3, "d") == []
    assert answers.rest() == ["d", "e"]
    assert answers.rest() == []
