"""The reference server conforms, and the report on it is what was promised to its readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.contract.catalogue import CHECKS, FUZZ_ID, IDS
from tests.main.conftest import Check
from tests.main.running import Ran, python, run
from tests.main.test_textbook import UNHURRIED
from tests.zoo import command, inhabitants, missing_tool

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
ZOO = ("identity_rstrip_newline", "partial_send_64k")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One whole run on the reference: ``echo-harness check`` and nothing else."""
    return run(tmp_path_factory.mktemp("reference"))


def test_the_reference_conforms(reference: Ran) -> None:
    """Exit 0, the word is the last thing said, and no check has anything to remark."""
    conforming(reference)
    assert "conforming" in reference.out.strip().splitlines()[-2]
    assert reference.err == ""


def test_it_conforms_while_both_cores_are_busy(check_here: Check, busy_cores: None) -> None:
    """A loaded machine makes nobody guilty; the checks that wait themselves are left out."""
    conforming(check_here(*UNHURRIED, "--fuzz", "20"))


@pytest.mark.slow
def test_the_whole_contract_while_both_cores_are_busy(check: Check, busy_cores: None) -> None:
    """The same with all checks."""
    conforming(check())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_it_conforms_50_times_in_a_row(check: Check) -> None:
    """Whatever the seed."""
    for seed in range(50):
        conforming(check("--seed", str(seed)))


def conforming(ran: Ran) -> None:
    assert ran.code == 0, ran.said
    assert ran.whole["verdict"] == "conforming"
    assert ran.ids("failed", "flaky", "inconclusive") == set()
    assert ran.left == []


def test_the_report_keeps_the_published_schema(reference: Ran) -> None:
    """The schema that users are given is the one that reports follow."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(reference.whole)


def test_the_report_has_what_was_promised(reference: Ran) -> None:
    """Fields, their kinds, and their sums."""
    report = reference.whole
    assert report["schema_version"] == 1
    assert report["tool"]["name"] == "echo-harness"
    assert report["tool"]["seed"] == 0
    assert report["tool"]["command"].startswith("echo-harness check")
    target = report["target"]
    about = {"command", "address", "transport", "launch", "profile", "profile_source", "ready_s"}
    assert set(target) == about
    assert target["command"].endswith("-m echo_ref")
    assert target["address"].startswith("tcp://127.0.0.1:")
    assert 0 < target["ready_s"] < report["duration_s"]
    statuses = ("passed", "failed", "flaky", "skipped", "inconclusive")
    assert {s: report["counts"][s] for s in statuses} == {s: number(report, s) for s in statuses}
    assert [c["id"] for c in report["checks"]] == [i for i in IDS if not i.startswith("datagram/")]
    levels = {check.id: (check.level, check.basis, check.requirement) for check in CHECKS}
    for check in report["checks"]:
        assert check["diagnosis"] is None
        assert check["findings"] == []
        assert check["case"] is None
        assert check["summary"] or check["status"] == "passed"
        if check["id"] != FUZZ_ID:
            assert (check["level"], check["basis"], check["requirement"]) == levels[check["id"]]


def number(report: dict[str, Any], status: str) -> int:
    return sum(check["status"] == status for check in report["checks"])


def servers() -> Iterator[Any]:
    yield pytest.param([], id="reference")
    for inhabitant in inhabitants():
        if inhabitant.name in ZOO:
            lacks = missing_tool(inhabitant)
            marks = [pytest.mark.skip(reason=lacks)] if lacks else []
            yield pytest.param(
                python(*command(inhabitant, Path())[1:]), id=inhabitant.name, marks=marks
            )


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("words", list(servers()))
def test_each_check_alone_says_what_it_says_in_a_full_run(check: Check, words: list[str]) -> None:
    """No check relies on another: ``--only ID`` ends with the same status, for each id."""
    full = {c["id"]: c["status"] for c in check(*words).whole["checks"]}
    alone = {}
    for check_id in full:
        (result,) = check("--only", check_id, *words).whole["checks"]
        alone[check_id] = result["status"]
    assert alone == full
