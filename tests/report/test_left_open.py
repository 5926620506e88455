"""Why a verdict says no more: what did not run, and what was not judged, in every report."""

from __future__ import annotations

import io
import json

import msgspec
import pytest

from harness.report import gaps, render
from harness.report.folding import folds
from harness.report.grid import show
from harness.report.text import render as as_text
from harness.values.report import UNEXPLAINED, Cause
from harness.values.verdict import Diagnosis, Level, Status
from tests.report.samples import SAMPLES, report, result

STOPPED = "stopped at the first failure; 13 checks did not run"
TEXTS = ("junit", "html", "markdown", "github")


@pytest.mark.parametrize("name", TEXTS)
def test_a_run_that_was_stopped_says_so(name: str) -> None:
    """With the number of checks that did not run, wherever it is read."""
    assert STOPPED in render(name, SAMPLES["stopped"])


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_not_judged_is_told_by_reason(name: str) -> None:
    """One line for each reason, however many checks share it."""
    text = render(name, SAMPLES["not-judged"])
    assert text.count("5 checks not judged: the run had taken its time") >= 1
    assert "did not run" not in text


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_what_may_have_to_do_with_unexplained_failures_is_told_once(name: str) -> None:
    """A place to look at helps nobody who only reads the data; the terminal has it, too, by
    golden/causes.txt."""
    assert render(name, SAMPLES["causes"]).count("Line 7 of server") == 1


def test_of_several_unexplained_failures_the_first_has_the_clue() -> None:
    """Though they look different: it is one for all of them."""
    unclear = [Diagnosis(f"unexplained: {what}", "Read.", "possible") for what in ("cut", "late")]
    checks = [
        result(f"sessions/{each.bug[13:]}", Status.FAILED, each.bug[13:], diagnosis=each)
        for each in unclear
    ]
    open_ones = Cause(
        UNEXPLAINED, "unexplained: cut", "Read.", "possible", ("sessions/late", "sessions/cut")
    )
    run = report(checks, causes=(msgspec.structs.replace(open_ones, evidence=("Line 3.",)),))
    assert [fold.evidence for fold in folds(run)] == [("Line 3.",), ()]


def test_a_quiet_terminal_says_it_too() -> None:
    """The plain text of an assertion is made in the same way."""
    assert as_text(SAMPLES["stopped"]).rstrip().endswith(STOPPED)
    assert "5 checks not judged" in as_text(SAMPLES["not-judged"])


def test_the_data_names_what_did_not_run() -> None:
    """By id, with the reason as a word."""
    data = json.loads(render("json", SAMPLES["stopped"]))
    assert data["stopped"] == "first failure"
    assert data["not_run"][0] == "chunking/read-boundary"
    assert len(data["not_run"]) == 13
    whole = json.loads(render("json", SAMPLES["conforming"]))
    assert (whole["stopped"], whole["not_run"]) == (None, [])


def test_the_grid_marks_what_did_not_run() -> None:
    """An empty cell would look like a check that does not apply."""
    stream = io.StringIO()
    show({"a": SAMPLES["conforming"], "b": SAMPLES["stopped"]}, stream, color=False)
    lines = [" ".join(line.split()) for line in stream.getvalue().splitlines()]
    assert "chunking/prompt ✓ ·" in lines
    assert "· did not run" in lines[[line.startswith("✓ passed") for line in lines].index(True)]
    assert "4 passed, 1 failed, 13 did not run" in " ".join(stream.getvalue().split())
    stream = io.StringIO()
    show({"b": SAMPLES["stopped"], "c": SAMPLES["untestable"]}, stream, color=False)
    assert any(line.startswith("chunking/prompt") for line in stream.getvalue().splitlines())


def test_an_untestable_target_is_not_said_twice() -> None:
    """Of a target that never came up nobody needs to hear that no check ran."""
    told = report([], verdict=SAMPLES["untestable"].verdict, not_run=("a/b",), stopped="problem")
    assert gaps.left_open(told) == []


def test_many_reasons_are_cut() -> None:
    """The most frequent first; long ones, as of a target's output, are shortened."""
    results = [result("a/a")]
    results += [result(f"b/{n}", Status.INCONCLUSIVE, f"{'abcd'[n]} " * 200) for n in range(4)]
    results.append(
        result("c/x", Status.INCONCLUSIVE, "d " * 200, level=Level.SHOULD),
    )
    lines = gaps.left_open(report(results))
    assert lines[0].startswith("2 checks not judged (1 of them must): d d")
    assert lines[-1] == "1 check not judged for other reasons"
    assert max(map(len, lines)) < 250


def test_the_reference_is_called_so() -> None:
    """Whoever gave no command must not take its verdict for that of their own server."""

    told = msgspec.structs.replace(SAMPLES["conforming"], reference=True)
    assert as_text(told).startswith("echo-harness 0.1.0  the reference server: python server.py\n")
    for name in ("junit", "html", "markdown"):
        assert "the reference server: python server.py" in render(name, told)
