"""What rules lean on: small facts of a case, told from literals."""

from __future__ import annotations

import re

import pytest

from harness.diagnosis.evidence import Answers
from harness.diagnosis.facts_stream import line_of, literal
from harness.diagnosis.pauses import silence_at_end
from harness.diagnosis.rules.waiting import when
from harness.values.verdict import Kind
from tests.diagnosis.made import case, failed, found, seen

MORE, NEWLINE, NEVER = Answers.AFTER_MORE, Answers.AFTER_NEWLINE, Answers.NEVER


@pytest.mark.parametrize(
    ("tried", "told"),
    [
        ((MORE, NEWLINE), MORE),
        ((NEWLINE, MORE), NEWLINE),
        ((MORE, NEWLINE, NEWLINE), NEWLINE),
        ((NEVER, NEVER, MORE), MORE),
        ((), Answers.UNKNOWN),
    ],
)
def test_when_it_answers_is_no_matter_of_chance(tried: tuple[Answers, ...], told: Answers) -> None:
    """What was seen most often counts, the first of two; an answer at all more than none."""
    silent = found(Kind.NO_ECHO)
    failures = [failed(f"identity/{n}", silent, answers=one) for n, one in enumerate(tried)]
    assert when(case(*failures)) is told


@pytest.mark.parametrize(
    ("timeline", "ended", "seconds"),
    [
        ("0.1 connected; 0.2-0.5 sent 9; 0.4 received 9", 1.5, 1.0),
        ("0.1 connected", 0.6, 0.5),
        ("0.1 connected; 0.2 sent 9", None, 0.0),
        ("", 0.6, 0.0),
    ],
)
def test_silence_lasts_from_the_last_byte_to_the_end(
    timeline: str, ended: float | None, seconds: float
) -> None:
    """Either way, from when a write was done; a connection that is open has no end."""
    assert silence_at_end(seen(timeline, ended=ended)) == pytest.approx(seconds)


def test_bytes_for_people_are_cut_off_where_they_are_long() -> None:
    """And only there."""
    assert literal(b"a\n", 2) == "'a\\n'"
    assert literal(b"a\nb", 2) == "'a\\n'..."


def test_the_end_of_the_first_line_that_fits_is_quoted() -> None:
    """It says what went wrong; a long line does so at its end."""
    pattern = re.compile("Error")
    assert line_of(f"fine\n {'x' * 99}Error \nError 2", pattern) == f"{'x' * 95}Error"
    assert line_of("fine", pattern) == ""
