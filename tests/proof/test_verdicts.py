"""The benchmark of the time to a verdict: what it takes of the zoo, and what it makes of times."""

from __future__ import annotations

import pytest

from benchmarks.verdicts import Case, Row, Seen, rows, spread, table


@pytest.mark.parametrize(
    ("number", "taken"), [(1, [0]), (2, [0, 5]), (3, [0, 3, 6]), (10, list(range(10))), (99, None)]
)
def test_a_sample_is_spread_over_all_of_them(number: int, taken: list[int] | None) -> None:
    """With equal steps, so that each group of the contract has its share; never more than there
    are."""
    assert spread(range(10), number) == (list(range(10)) if taken is None else taken)


def test_a_row_has_medians_and_the_ratio_of_what_ran_side_by_side() -> None:
    """A machine that slows down in between changes no ratio."""
    one, two = Case("broken servers", "one", ()), Case("broken servers", "two", ())
    seen = {
        one: [[Seen(2.0, 1.0), Seen(4.0, 2.0)], [Seen(20.0, 1.0), Seen(40.0, 2.0)]],
        two: [[Seen(3.0, 3.0), Seen(6.0, 6.0)]],
    }
    (row,) = rows(seen)
    assert row == Row("broken servers", 2, Seen(3.0, 1.0), Seen(6.0, 2.0), Seen(0.5, 0.5))
    text = list(table([row], "quick", "v1"))
    assert text[-1] == "| broken servers | 2 | 3.00 | 1.00 | 6.00 | 2.00 | 0.50 | 0.50 |"


def test_one_tree_alone_has_no_ratio() -> None:
    """There is nothing that it could be compared to."""
    (row,) = rows({Case("the reference", "reference", ()): [[Seen(1.0, 2.0)]]})
    assert list(table([row], "normal", None))[-1] == "| the reference | 1 | 1.00 | 2.00 |"
