"""Parts of a target's output that may be reports are kept, however much it writes besides."""

from __future__ import annotations

import sys

import pytest

from harness.launcher.keeper import Keeper
from harness.launcher.launched import BEFORE, MOST_NOTED, REPORT, Notes
from harness.launcher.reports import Reports

MARK = b"==7==ERROR: AddressSanitizer: heap-buffer-overflow\n"
WRITES = "import sys, time; sys.stderr.write({text!r}); sys.stderr.flush(); time.sleep(60)"


def test_a_report_is_kept_and_the_chatter_is_not() -> None:
    """What comes before the line of the mark, and long after it, is left out."""
    notes = Notes()
    assert not notes.take(b"a line\n" * 1000)
    assert notes.take(b"before\n" + MARK + b"#0 main\n")
    for _ in range(20):
        notes.take(b"after\n" * 1000)
    assert MARK in notes.text
    assert len(notes.text) <= BEFORE + REPORT
    assert not notes.take(b"more\n")


@pytest.mark.parametrize("at", [1, 3, len(MARK) // 2, len(MARK)])
def test_a_report_in_pieces_is_whole(at: int) -> None:
    """A mark may come in two chunks, and the rest byte by byte."""
    notes = Notes()
    notes.take(b"x\n" + MARK[:at])
    for byte in MARK[at:] + b"the end\n":
        notes.take(bytes([byte]))
    assert MARK + b"the end\n" in notes.text


def test_another_mark_makes_it_longer() -> None:
    """Two reports in a row are both whole."""
    notes = Notes()
    notes.take(MARK + b"." * (REPORT - 1000) + b"\n" + MARK + b"." * 5000 + b"end")
    assert notes.text.endswith(b"end")


LINE = b"error: no error, 12 served, no panic: fine\n"


@pytest.mark.parametrize("size", [1, 7, 1000, REPORT + 11, 20_000, 40_000])
def test_a_line_is_kept_from_its_beginning(size: int) -> None:
    """However a log that speaks of a panic is cut into chunks, no line of it begins with that."""
    notes = Notes()
    log = b"x" * 20 + b"\n" + LINE * 1500
    for at in range(0, len(log), size):
        notes.take(log[at : at + size])
    lines = notes.text.split(b"\n")
    assert [line for line in lines if line.startswith((b"panic", b"no", b"fine"))] == []


@pytest.mark.parametrize("chunks", [1, 3, 5000])
def test_a_long_line_is_no_other_line(chunks: int) -> None:
    """A word far behind its beginning does not stand where a line begins."""
    notes = Notes()
    line = b"{" + b"a," * 2500 + b"panic: none}\n"
    step = len(line) // chunks + 1
    for at in range(0, len(line), step):
        notes.take(line[at : at + step])
    assert b"panic: none" in notes.text
    assert not notes.text.startswith(b"panic")


def test_there_is_an_end() -> None:
    """A target that reports for ever fills no memory."""
    notes = Notes()
    for _ in range(500):
        notes.take(MARK * 20)
    assert len(notes.text) <= MOST_NOTED + BEFORE + 2 * REPORT


def test_who_is_told_to_end_says_nothing_more() -> None:
    """What was reported before counts, what comes after the end was asked for does not."""
    said = {1: "first", 2: "second"}
    reports = Reports(lambda ident: said[ident])
    reports.notice(1)
    reports.silence(1)
    said[1] = "later"
    reports.notice(1)
    reports.notice(2)
    assert reports.take() == ["first", "second"]
    assert reports.take() == []


def test_a_keeper_tells_what_its_targets_report() -> None:
    """From the target's standard error to the keeper, also when the target was let go of."""
    keeper = Keeper()
    try:
        text = "hello\nException in thread Thread-1:\nTraceback\n"
        ident = keeper.launch([sys.executable, "-c", WRITES.format(text=text)], {}, None)
        told: list[str] = []
        while not told:
            keeper.poll(0.05)
            told = keeper.reports()
        assert "Exception in thread Thread-1:" in told[0]
        assert keeper.reports() == []
        keeper.forget(ident)
    finally:
        keeper.close()
