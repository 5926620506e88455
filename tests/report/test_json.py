"""The JSON report and its schema."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.errors import UsageProblem
from harness.report import render
from harness.report.comparison import Comparison
from harness.report.json import load, load_any, schema
from harness.values.report import Report
from tests.report import recorded
from tests.report.samples import COMPARISON, CUT_SHORT, HOSTILE, SAMPLES, TARGET

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = DOCS / "report.schema.json"
OF_MANY = DOCS / "comparison.schema.json"


@pytest.mark.parametrize(("path", "of"), [(PUBLISHED, Report), (OF_MANY, Comparison)])
def test_the_published_schema_is_up_to_date(path: Path, of: type[Report | Comparison]) -> None:
    """What is in docs/ is what the values say (recorded like the golden files)."""
    made = json.loads(json.dumps(schema(of)))
    if os.environ.get("ECHO_HARNESS_RECORD"):
        path.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    published = json.loads(path.read_text(encoding="utf-8"))
    assert recorded.in_order(published) == recorded.in_order(made)


@pytest.mark.parametrize("name", SAMPLES)
def test_reports_keep_the_schema(name: str) -> None:
    """Whatever the run ended with."""
    validator = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text()))
    validator.validate(json.loads(render("json", SAMPLES[name])))


def test_the_top_level_is_what_was_promised() -> None:
    """The fields that users were told of are there under these names."""
    data = json.loads(render("json", SAMPLES["lost-newline"]))
    promised = {"schema_version", "tool", "target", "verdict", "exit_code", "counts", "duration_s"}
    assert promised | {"checks", "causes"} <= set(data)
    assert {"name", "version", "seed", "command"} <= set(data["tool"])
    assert {"command", "address", "profile", "profile_source", "ready_s"} <= set(data["target"])
    assert {"passed", "failed", "flaky", "skipped", "inconclusive"} <= set(data["counts"])
    check = next(check for check in data["checks"] if check["status"] == "failed")
    assert {"id", "level", "status", "duration_s", "requirement", "basis", "summary"} <= set(check)
    assert set(check["diagnosis"]) == {"cause", "bug", "hint", "confidence"}
    assert check["findings"] and check["case"] is None and check["repeat"]


def test_it_says_when_and_where_it_ran() -> None:
    """The start in UTC, the host, the kernel, the versions, and the name of the target."""
    data = json.loads(render("json", SAMPLES["conforming"]))
    assert data["environment"]["started"] == "2026-01-31T09:30:00Z"
    assert set(data["environment"]) == {
        *("started", "host", "system", "kernel", "machine", "python", "cpus", "libraries")
    }
    assert "name" not in data["target"]
    named = msgspec.structs.replace(TARGET, name="mine")
    data = json.loads(render("json", msgspec.structs.replace(SAMPLES["conforming"], target=named)))
    assert data["target"]["name"] == "mine"


def test_a_run_of_an_older_version_is_read(tmp_path: Path) -> None:
    """Without the fields that came later."""
    data = json.loads(render("json", SAMPLES["conforming"]))
    del data["environment"]
    path = tmp_path / "run.json"
    path.write_text(json.dumps(data))
    assert load(path) == msgspec.structs.replace(SAMPLES["conforming"], environment=None)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_written_is_read_back(name: str, tmp_path: Path) -> None:
    """Other reports made from a saved run are the same as at once."""
    path = tmp_path / "run.json"
    path.write_text(render("json", SAMPLES[name]))
    assert load(path) == SAMPLES[name]


def test_text_that_is_no_unicode_does_not_lose_the_report() -> None:
    """A command line may hold any bytes."""
    assert "lone \\\\ud800 surrogate" in render("json", HOSTILE)


def _changed(**changes: Any) -> str:
    return json.dumps({**json.loads(render("json", SAMPLES["died"])), **changes})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{ not json", "damaged, or not JSON"),
        ("", "damaged, or not JSON"),
        ("[1, 2]", "not a report of echo-harness"),
        ('{"name": "something else"}', "not a report.*`schema_version`"),
        (_changed(verdict="fine"), r"not a report.*\$\.verdict"),
        (_changed(checks=[{"id": "x"}]), r"not a report.*\$\.checks\[0\]"),
        (_changed(schema_version=99), "newer version: schema_version is 99"),
        (_changed(schema_version=99, verdict="new"), "newer version"),
    ],
)
def test_other_files_are_refused_with_the_place(content: str, message: str, tmp_path: Path) -> None:
    """A usage problem that names the file and the place in it."""
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(UsageProblem, match=message) as caught:
        load(path)
    assert str(path) in caught.value.message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A binary file is not a report either."""
    path = tmp_path / "run.json"
    path.write_bytes(b'{"schema_version": 1, "tool": "\xff\xfe"}')
    with pytest.raises(UsageProblem):
        load(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """With the reason that the system gives."""
    with pytest.raises(UsageProblem, match="cannot be read: No such file"):
        load(tmp_path / "none.json")


# --- many targets -------------------------------------------------------------------------------


@pytest.mark.parametrize("comparison", [COMPARISON, CUT_SHORT], ids=["whole", "cut short"])
def test_a_comparison_keeps_its_schema_and_is_read_back(
    comparison: Comparison, tmp_path: Path
) -> None:
    """Each target's part of it is a report as the other schema has it."""
    text = render("json", comparison)
    jsonschema.Draft202012Validator(json.loads(OF_MANY.read_text())).validate(json.loads(text))
    single = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text()))
    for part in json.loads(text)["targets"]:
        single.validate(part)
    path = tmp_path / "all.json"
    path.write_text(text)
    assert load_any(path) == comparison


def test_the_top_level_of_a_comparison() -> None:
    """The verdict of each target at a glance, and the worst exit code."""
    data = json.loads(render("json", COMPARISON))
    assert data["kind"] == "comparison"
    assert data["schema_version"] == 1
    assert data["verdicts"] == {
        "good": "conforming",
        "bad": "nonconforming",
        "absent": "untestable",
    }
    assert data["exit_code"] == 3
    assert [t["target"]["name"] for t in data["targets"]] == ["good", "bad", "absent"]
    assert data["tool"]["command"] == "echo-harness compare servers.toml"
    assert data["environment"]["host"] == "workbench"


def test_a_comparison_where_one_run_is_wanted_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "all.json"
    path.write_text(render("json", COMPARISON))
    with pytest.raises(UsageProblem, match="holds several targets") as caught:
        load(path)
    assert "{target}" in caught.value.advice
