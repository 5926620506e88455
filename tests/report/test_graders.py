"""What graders and dashboards read: points, Gradescope, CTRF, TAP and tables."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from harness.report import render
from harness.report.comparison import Comparison, compared
from harness.report.grades import Grade, grade, remarks
from harness.values.report import Cause, Grading, Problem, Report
from harness.values.verdict import Level, Status, Verdict
from tests.report import recorded
from tests.report.recorded import GOLDEN
from tests.report.samples import COMPARISON, CUT_SHORT, HOSTILE, NASTY, SAMPLES, report, result

EVERY: dict[str, Report | Comparison] = {
    **SAMPLES,
    "hostile": HOSTILE,
    "comparison": COMPARISON,
    "cut short": CUT_SHORT,
    "hostile comparison": compared({NASTY: HOSTILE}, command=NASTY, not_run=("x",)),
}
every = pytest.mark.parametrize("name", EVERY)


@pytest.mark.parametrize("name", ["csv", "gradescope", "ctrf", "tap"])
def test_a_file_is_as_recorded(name: str) -> None:
    """What a reader gets for a run of all kinds of results was looked at."""
    recorded.check(GOLDEN / f"mixed.{name}", render(name, SAMPLES["mixed"]))


# --- points ---------------------------------------------------------------------------------------

MIXED = report(
    [
        result("identity/hello"),
        result("identity/newlines", Status.FAILED, "changed"),
        result("launch/restarts", Status.FAILED, "did not listen"),
        result("chunking/prompt", Status.FLAKY, "once"),
        result("sessions/queue", Status.INCONCLUSIVE, "no ports"),
        result("sessions/churn", Status.SKIPPED, "sequential"),
    ]
)


def graded(run: Report, **grading: Any) -> Grade:
    return grade(msgspec.structs.replace(run, grading=Grading(**grading)))


def test_points_are_those_of_what_passed() -> None:
    """Of a must and a should that failed they are lost; what was not judged does not count."""
    assert graded(MIXED) == Grade(1.0, 2.5)
    assert graded(MIXED, must=4, should=0) == Grade(4.0, 8.0)


def test_points_are_put_on_the_scale_of_the_grader() -> None:
    """``total`` is what a server gets that passes all."""
    assert graded(MIXED, total=100) == Grade(40.0, 100)
    assert graded(report([result("identity/hello")]), total=20) == Grade(20.0, 20)


def test_what_did_not_run_costs_points_only_by_the_targets_doing() -> None:
    """A server that never listened earns nothing; what an interruption left out is not counted."""
    left = {"not_run": ("identity/hello", "launch/restarts")}
    levels = {"not_run_levels": (Level.MUST, Level.SHOULD)}
    dead = msgspec.structs.replace(SAMPLES["untestable"], **left, **levels)
    assert grade(dead) == Grade(0.0, 1.5)
    assert grade(SAMPLES["interrupted"]) == Grade(7.0 - 0.5, 7.0 - 0.5)
    stopped = SAMPLES["stopped"]
    assert grade(stopped).most == grade(stopped).score + 1 + len(stopped.not_run)


def test_a_score_that_means_nothing_is_told() -> None:
    """Where the machine was in the way a grader reads that, and does not take 0 for a grade."""
    assert "the score means nothing" in remarks(SAMPLES["untestable"])[-1]
    assert not any("means nothing" in line for line in remarks(SAMPLES["mixed"]))


def test_a_student_reads_what_to_do_once() -> None:
    """Each likely bug with what mends it; why a server was not testable stands there once too."""
    cause = Cause("single-read", "it reads once", "Loop.", "likely", ("identity/newlines",))
    run = msgspec.structs.replace(MIXED, causes=(cause,))
    assert remarks(run)[1:3] == ["likely bug: it reads once", "what to do: Loop."]
    problem = Problem("target", "listen", "it ended", "Likely bug: x. Mend x.")
    dead = msgspec.structs.replace(run, checks=(), verdict=Verdict.UNTESTABLE, problem=problem)
    assert remarks(dead) == [
        "untestable: the target could not be tested",
        "it ended",
        "Likely bug: x. Mend x.",
        "Nothing was judged, so the score means nothing: run it again.",
    ]


# --- Gradescope -----------------------------------------------------------------------------------

GRADESCOPE = {
    "type": "object",
    "required": ["score", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "score", "max_score", "output", "visibility"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number", "minimum": 0},
                    "status": {"enum": ["passed", "failed"]},
                    "output": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": {
                        "enum": ["hidden", "after_due_date", "after_published", "visible"]
                    },
                },
                "additionalProperties": False,
            },
        },
    },
}
"""What its documentation says of the fields that we write."""


@every
def test_gradescope_takes_it(name: str) -> None:
    """However a run ended: the fields and their types are those of the documentation."""
    jsonschema.validate(json.loads(render("gradescope", EVERY[name])), GRADESCOPE)


def test_gradescope_adds_up() -> None:
    """The score is the sum of the tests, and each says why it has its points."""
    data = json.loads(render("gradescope", MIXED))
    assert data["score"] == sum(test["score"] for test in data["tests"]) == 1.0
    tests = {test["name"]: test for test in data["tests"]}
    assert tests["identity/hello"]["status"] == "passed"
    assert tests["identity/newlines"] | {"output": ""} == {
        "name": "identity/newlines",
        "score": 0.0,
        "max_score": 1.0,
        "output": "",
        "tags": ["must"],
        "visibility": "visible",
        "status": "failed",
    }
    assert "changed" in tests["identity/newlines"]["output"]
    assert tests["sessions/queue"]["max_score"] == 0
    assert "does not count: no ports" in tests["sessions/queue"]["output"]


def test_a_grader_hides_results() -> None:
    """``visibility`` holds for the whole and for each test."""
    hidden = msgspec.structs.replace(MIXED, grading=Grading(visibility="after_due_date"))
    data = json.loads(render("gradescope", hidden))
    assert {data["visibility"], *(test["visibility"] for test in data["tests"])} == {
        "after_due_date"
    }


# --- CTRF -----------------------------------------------------------------------------------------

STATUS = {"enum": ["passed", "failed", "skipped", "pending", "other"]}
COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
CTRF = {
    "type": "object",
    "required": ["reportFormat", "specVersion", "results"],
    "additionalProperties": False,
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT[\d:.]+Z$"},
        "generatedBy": TEXT,
        "results": {
            "type": "object",
            "required": ["tool", "summary", "tests"],
            "additionalProperties": False,
            "properties": {
                "tool": {"type": "object", "required": ["name"]},
                "environment": {"type": "object"},
                "extra": {"type": "object"},
                "summary": {
                    "type": "object",
                    "required": ["tests", *STATUS["enum"], "start", "stop"],
                    "additionalProperties": COUNT,
                },
                "tests": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "status", "duration"],
                        "additionalProperties": False,
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "status": STATUS,
                            "duration": COUNT,
                            "suite": {**TEXTS, "minItems": 1},
                            "message": TEXT,
                            "trace": TEXT,
                            "rawStatus": TEXT,
                            "tags": TEXTS,
                            "labels": {"type": "object", "additionalProperties": TEXT},
                            "flaky": {"const": True},
                            "retries": COUNT,
                            "stdout": TEXTS,
                        },
                    },
                },
            },
        },
    },
}
"""What the specification says of the fields that we write; it allows no others."""


@every
def test_ctrf_takes_it(name: str) -> None:
    """However a run ended, and the summary counts the tests."""
    data = json.loads(render("ctrf", EVERY[name]))
    jsonschema.validate(data, CTRF)
    summary, tests = data["results"]["summary"], data["results"]["tests"]
    assert summary["tests"] == len(tests) == sum(summary[s] for s in STATUS["enum"])
    assert summary["stop"] - summary["start"] == summary["duration"]


def test_ctrf_calls_nothing_passed_that_did_not_pass() -> None:
    """A pass at the second try is flaky, in the format's own sense; the rest is not judged."""
    tests = json.loads(render("ctrf", MIXED))["results"]["tests"]
    found = {test["name"]: (test["status"], test["rawStatus"]) for test in tests}
    assert found == {
        "identity/hello": ("passed", "passed"),
        "identity/newlines": ("failed", "failed"),
        "launch/restarts": ("other", "warning"),
        "chunking/prompt": ("passed", "flaky"),
        "sessions/queue": ("other", "inconclusive"),
        "sessions/churn": ("skipped", "skipped"),
    }
    (flaky,) = (test for test in tests if "flaky" in test)
    assert flaky["name"] == "chunking/prompt" and flaky["retries"] == 1


# --- TAP ------------------------------------------------------------------------------------------

POINT = re.compile(r"(not )?ok (\d+) - (.*?)(?:(?<!\\) # (SKIP|TODO) (.*))?")


def parsed(text: str) -> dict[str, tuple[bool, str | None, dict[str, Any]]]:
    """The points of a TAP document: ok, directive, YAML.  Strict: any other line is an error."""
    lines = text.split("\n")
    found: dict[str, tuple[bool, str | None, dict[str, Any]]] = {}
    plan, last, at = 0, "", 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line == "  ---":
            end = lines.index("  ...", at)
            details = yaml.safe_load("\n".join(each[2:] for each in lines[at:end]))
            found[last] = (*found[last][:2], details)
            at = end + 1
        elif made := re.fullmatch(r"1\.\.(\d+)", line):
            plan = int(made[1])
        elif made := POINT.fullmatch(line):
            last = made[3]
            found[last] = (made[1] is None, made[4], {})
            assert int(made[2]) == len(found)
        else:
            assert not line.strip() or line.startswith(("#", "    ")), line
    assert plan == len(found)
    return found


@every
def test_tap_is_read_back(name: str) -> None:
    """Every line is one of the protocol, the plan is kept, and details are YAML."""
    text = render("tap", EVERY[name])
    assert text.startswith("TAP version 14\n1..")
    parsed(text.removeprefix("TAP version 14\n"))


def test_tap_takes_the_weight_off_what_does_not_count() -> None:
    """A consumer fails for a breach only; a run that decides nothing is not ok either."""
    found = parsed(render("tap", SAMPLES["mixed"]).removeprefix("TAP version 14\n"))
    assert found["launch/restarts"][:2] == (False, "TODO")
    assert found["chunking/prompt"][:2] == (True, "SKIP")
    assert found["run decides"][:2] == (False, None)
    lost = parsed(render("tap", SAMPLES["lost-newline"]).removeprefix("TAP version 14\n"))
    ok, directive, details = lost["identity/newlines"]
    assert (ok, directive, details["severity"]) == (False, None, "fail")
    assert "timeline" in details["details"]


def test_tap_has_a_subtest_for_each_target() -> None:
    """Indented by four, with a point of the same name after it."""
    text = render("tap", COMPARISON)
    inner = [line[4:] for line in text.split("\n") if line.startswith("    ")]
    assert inner
    for name, run in COMPARISON.named().items():
        assert f"# Subtest: {name}\n" in text
        assert re.search(rf"^{'ok' if run.ok else 'not ok'} \d+ - {name}$", text, re.MULTILINE)


# --- tables ---------------------------------------------------------------------------------------


@every
def test_a_table_is_read_back(name: str) -> None:
    """A line for each target, each as wide as the heading, and no cell is a formula."""
    heads, *lines = csv.reader(io.StringIO(render("csv", EVERY[name])))
    many = EVERY[name]
    count = len(many.targets) + len(many.not_run) if isinstance(many, Comparison) else 1
    assert len(lines) == count
    for line in lines:
        assert len(line) == len(heads)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)


def test_a_formula_is_text() -> None:
    """Of a name that a spreadsheet would take for one, and obey."""
    evil = '=HYPERLINK("http://x","y")'
    text = render("csv", compared({evil: MIXED}, command="x"))
    _, line = csv.reader(io.StringIO(text))
    assert line[0] == f"'{evil}"


def test_a_table_has_the_score_and_each_check() -> None:
    """What a grader sorts by, and what the course struggles with."""
    text = render("csv", compared({"alice": MIXED, "bob": SAMPLES["causes"]}, command="x"))
    alice, bob = csv.DictReader(io.StringIO(text))
    assert (alice["target"], alice["score"], alice["max_score"]) == ("alice", "1", "2.5")
    assert alice["identity/newlines"] == "failed" and alice["identity/one-byte"] == ""
    assert bob["causes"] == "line-ends-dropped; never-closes"
