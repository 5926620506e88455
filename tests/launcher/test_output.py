"""What a target wrote is safe to show."""

from __future__ import annotations

import re
import time

import pytest

from harness.launcher.output import MAX_COLUMNS, last_lines, sanitise

LOST = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\n\ttab", "plain text\n\ttab"),
        ("caf\u00e9 \u20ac \U0001f600", "caf\u00e9 \u20ac \U0001f600"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b[?25lhidden", "hidden"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\after", "after"),
        ("\x1b]0;never ended", ""),
        ("\x1b]0;never ended\nTraceback", "\nTraceback"),
        ("\x1b(Btext", "text"),
        ("\x1bcreset", "reset"),
        ("\x9b31mC1", "C1"),
        ("cut\x1b[", "cut"),
        ("cut\x1b", "cut"),
        ("a\x07\x08\x00b", f"a{LOST * 3}b"),
        ("C1 \x85\x90", f"C1 {LOST * 2}"),
        ("\u202egnp.exe\u2066", f"{LOST}gnp.exe{LOST}"),
        ("one\r\ntwo", "one\ntwo"),
        ("10%\r20%\r30%", "10%\n20%\n30%"),
        ("a\r::error::b", "a\n: :error::b"),
        ("#\x1b[0m#[error]", "## [error]"),
    ],
)
def test_nothing_reaches_the_terminal_but_text(text: str, shown: str) -> None:
    """Escape sequences go, other controls and bidirectional overrides show that they were there."""
    assert sanitise(text) == shown


def test_no_control_survives_whatever_comes_before_it() -> None:
    """Half a sequence never lets the rest of another one through."""
    pieces = ["\x1b", "\x1b[", "\x1b]", "\x9b", "\x9d", "\x1bP", "\x07", "\\", "0", "m", "\u202e"]
    for first in pieces:
        for second in pieces:
            for third in pieces:
                shown = sanitise(first + second + third + "x")
                assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)


def test_long_lines_are_cut() -> None:
    """Each line is cut by itself, and shows that it was."""
    long = "x" * (MAX_COLUMNS + 1)
    assert sanitise(f"{long}\nshort\n{long}").split("\n") == [
        "x" * MAX_COLUMNS + " [...]",
        "short",
        "x" * MAX_COLUMNS + " [...]",
    ]
    assert sanitise("x" * MAX_COLUMNS) == "x" * MAX_COLUMNS


def test_a_ring_full_of_unfinished_escapes_takes_no_time() -> None:
    """64 KiB of the worst text is made safe at once: no quadratic matching."""
    before = time.process_time()
    for piece in ("\x1b]", "\x1b[", "\x1bP0", "\x1b[0;"):
        sanitise(piece * (65536 // len(piece)))
    assert time.process_time() - before < 2.0


def test_the_last_lines() -> None:
    """Blank lines at the end do not count; fewer lines than asked for are all there are."""
    assert last_lines("a\nb\nc\n\n  \n", 2) == "b\nc"
    assert last_lines("a\n", 12) == "a"
    assert last_lines("", 12) == ""
