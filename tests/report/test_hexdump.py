"""The hex window."""

from __future__ import annotations

import pytest

from harness.report import hexdump
from harness.values.verdict import Breach, Finding, Kind


def finding(expected: bytes | None, got: bytes | None, start: int = 0) -> Finding:
    return Finding(
        Kind.CHANGED,
        Breach.SAFETY,
        "something differs",
        expected=None if expected is None else expected.hex(),
        got=None if got is None else got.hex(),
        window_start=start,
    )


def test_the_first_difference_is_marked_under_its_byte() -> None:
    """Both sides in columns, equal rows once, the mark under the first byte that differs."""
    text = hexdump.text(finding(b"abcdefghijkl", b"abcdefghiXkl", 1016), per_row=8)
    assert text.splitlines() == [
        "same      1,016  61 62 63 64 65 66 67 68   abcdefgh",
        "expected  1,024  69 6a 6b 6c               ijkl",
        "got       1,024  69 58 6b 6c               iXkl",
        "                    ^^ first difference, at offset 1,025",
    ]


def test_a_reply_that_ends_is_marked_where_it_ends() -> None:
    """Also where that is the end of a row."""
    text = hexdump.text(finding(b"abcdefghij", b"abcdefgh"), per_row=8)
    assert text.splitlines() == [
        "same       0  61 62 63 64 65 66 67 68   abcdefgh",
        "expected   8  69 6a                     ij",
        "got        8",
        "              ^^ the reply ends here, at offset 8",
    ]


def test_bytes_that_nobody_expected_are_marked() -> None:
    """The reply goes on where it should have ended."""
    text = hexdump.text(finding(b"ab", b"abc"))
    assert text.splitlines()[-1].strip() == "^^ nothing more was expected, at offset 2"


@pytest.mark.parametrize(
    "nothing",
    [
        finding(None, None),
        finding(b"same", b"same"),
        Finding(Kind.LOST, Breach.SAFETY, "x", expected="zz", got="0"),
    ],
)
def test_without_a_difference_there_is_no_window(nothing: Finding) -> None:
    """Nor for hex that is none, as a file may hold."""
    assert hexdump.text(nothing) == ""


def test_no_byte_is_ever_shown_as_a_control_character() -> None:
    """All 256 values, on either side."""
    every = bytes(range(256))
    assert all(
        line.isprintable() for line in hexdump.text(finding(every, every[::-1])).splitlines()
    )


@pytest.mark.parametrize("per_row", [hexdump.WIDE, hexdump.NARROW])
def test_the_width_is_known_beforehand(per_row: int) -> None:
    """No row is wider than ``columns`` says."""
    w = hexdump.window(finding(bytes(32), bytes(31) + b"x", 10**6))
    assert w is not None
    rows = ["".join(s.text for s in line) for line in hexdump.lines(w, per_row) if len(line) > 2]
    assert {len(row.rstrip()) for row in rows} == {hexdump.columns(w, per_row)}
