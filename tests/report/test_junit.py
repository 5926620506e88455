"""JUnit XML: the schema is kept, and every outcome has its own place."""

from __future__ import annotations

import msgspec
import pytest
from lxml import etree

from harness.report import render
from harness.values.report import Report
from harness.values.verdict import Status
from tests.report import samples
from tests.report.recorded import GOLDEN
from tests.report.samples import HOSTILE, SAMPLES

SCHEMA = etree.XMLSchema(etree.parse(str(GOLDEN.parent / "junit.xsd")))


def xml(report: Report) -> etree._Element:
    return etree.fromstring(render("junit", report).encode())


def outcomes(report: Report) -> dict[str, str]:
    """Class and name of each case to the tag of what it holds."""
    found = {}
    for case in xml(report).iter("testcase"):
        tags = [child.tag for child in case if child.tag != "system-out"]
        group = case.get("classname", "").partition(".")[2]
        found[f"{group}/{case.get('name')}"] = ", ".join(map(str, tags)) or "passed"
    return found


@pytest.mark.parametrize("report", [*SAMPLES.values(), HOSTILE], ids=[*SAMPLES, "hostile"])
def test_the_schema_is_kept(report: Report) -> None:
    """Whatever the run ended with, and whatever text is in it."""
    SCHEMA.assertValid(xml(report))


@pytest.mark.parametrize("report", SAMPLES.values(), ids=list(SAMPLES))
def test_the_counts_are_those_of_the_cases(report: Report) -> None:
    """On each suite and in total."""
    root = xml(report)
    for element in [root, *root.iter("testsuite")]:
        assert element.get("tests") == str(len(list(element.iter("testcase"))))
        for attribute, tag in (("failures", "failure"), ("errors", "error")):
            assert element.get(attribute) == str(len(list(element.iter(tag))))
        if element is not root:
            assert element.get("skipped") == str(len(list(element.iter("skipped"))))


def test_each_group_is_a_suite_and_each_check_a_case() -> None:
    """Nothing is left out or put together."""
    report = SAMPLES["lost-newline"]
    assert sorted(outcomes(report)) == sorted(check.id for check in report.checks)
    suites = [suite.get("name") for suite in xml(report)]
    assert suites == list(samples.GROUPS)


def test_a_failure_is_a_failure_with_all_its_evidence() -> None:
    """Not an error; the text holds the bytes, the hint and the command that repeats it."""
    report = SAMPLES["lost-newline"]
    (failure,) = xml(report).iter("failure")
    assert failure.get("type") == "lost"
    assert failure.get("message") == "1 byte at offset 4 is missing, the stream goes on after it"
    for part in ("required ", "first difference", "timeline", "likely bug", "repeat "):
        assert part in str(failure.text)


def test_what_is_neither_pass_nor_failure_is_skipped_with_its_word() -> None:
    """Flaky and inconclusive accuse nobody and are no pass."""
    root = xml(SAMPLES["mixed"])
    messages = [str(skipped.get("message")) for skipped in root.iter("skipped")]
    assert [message.partition(":")[0] for message in messages[:2]] == ["flaky", "inconclusive"]
    assert messages[2:] == ["the profile is sequential"] * 3
    names = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert names["flaky"] == "chunking/prompt"


def test_a_failed_should_is_a_failure_only_if_it_counts() -> None:
    """Otherwise it passes, with the whole story in its output."""
    report = SAMPLES["mixed"]
    assert outcomes(report)["launch/restarts"] == "passed"
    (told, *_) = xml(report).xpath("//testcase[@name='restarts']/system-out")
    assert told.text.startswith("warning: the new instance did not listen")
    strict = msgspec.structs.replace(report, strict=True)
    assert outcomes(strict)["launch/restarts"] == "failure"
    assert outcomes(strict)["launch/loopback-only"] == "passed"


def test_an_expected_failure_is_skipped_and_one_that_passes_is_a_failure() -> None:
    """No expectation outlives its bug."""
    report = SAMPLES["expected"]
    assert outcomes(report)["identity/newlines"] == "skipped"
    assert outcomes(report)["chunking/uneven"] == "failure"
    (skipped,) = xml(report).xpath("//testcase[@name='newlines']/skipped")
    assert skipped.get("message") == "expected failure: issue 12"


def test_a_target_that_could_not_be_tested_is_an_error() -> None:
    """A report without any case would look like success."""
    assert outcomes(SAMPLES["untestable"]) == {"run/can be tested": "error"}


def test_an_interrupted_run_is_an_error() -> None:
    """What ran is there, and that it is not all."""
    found = outcomes(SAMPLES["interrupted"])
    assert found.pop("run/is complete") == "error"
    left = {check_id: found.pop(check_id) for check_id in SAMPLES["interrupted"].not_run}
    assert set(left.values()) == {"skipped"}
    assert set(found.values()) == {"passed"}


def test_what_did_not_run_is_skipped_and_says_why() -> None:
    """A file with nothing but passes and one failure would look like a whole run."""
    report = SAMPLES["stopped"]
    (skipped,) = xml(report).xpath("//testcase[@name='prompt']/skipped")
    assert skipped.get("message") == (
        "did not run: stopped at the first failure; 13 checks did not run"
    )
    assert len(outcomes(report)) == len(report.checks) + 13


def test_an_undecided_run_is_an_error_that_says_why() -> None:
    """Inconclusive checks are skips, so without it the file would be green."""
    (error,) = xml(SAMPLES["not-judged"]).iter("error")
    assert "5 checks not judged: the run had taken its time" in str(error.text)


def test_a_run_that_verified_nothing_is_an_error() -> None:
    """All skipped must not be green."""
    assert outcomes(SAMPLES["nothing"])["run/decides"] == "error"
    assert all(check.status is Status.SKIPPED for check in SAMPLES["nothing"].checks)


def test_each_suite_says_when_and_where() -> None:
    """The time with its zone, the host; kernel, versions and the target's name as properties."""
    named = msgspec.structs.replace(samples.TARGET, name="mine")
    report = msgspec.structs.replace(SAMPLES["conforming"], target=named)
    for suite in xml(report).iter("testsuite"):
        assert suite.get("timestamp") == "2026-01-31T09:30:00+00:00"
        assert suite.get("hostname") == "workbench"
        properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
        assert properties["name"] == "mine"
        assert properties["started"] == "2026-01-31 09:30:00 UTC"
        assert properties["system"] == "Linux 6.8.0-31-generic x86_64"
        assert properties["python"] == "CPython 3.13.1"
        assert properties["cpus"] == "2"
        assert "msgspec 0.20.0" in properties["libraries"]


def test_many_targets_are_suites_of_their_own() -> None:
    """With the target's name before the group, in suites and classes; the totals are of all."""
    for comparison in (samples.COMPARISON, samples.CUT_SHORT):
        root = etree.fromstring(render("junit", comparison).encode())
        SCHEMA.assertValid(root)
        assert root.get("tests") == str(len(list(root.iter("testcase"))))
    root = etree.fromstring(render("junit", samples.COMPARISON).encode())
    suites = [str(suite.get("name")) for suite in root]
    assert suites == [
        *(f"good.{group}" for group in samples.GROUPS),
        *(f"bad.{group}" for group in samples.GROUPS),
        "absent.run",
    ]
    (failed,) = root.xpath("//testcase[failure]")
    assert failed.get("classname") == "echo-harness.bad.identity"
    (suite,) = root.xpath("//testsuite[@name='bad.identity']")
    assert {p.get("name"): p.get("value") for p in suite.iter("property")}["name"] == "bad"


def test_targets_that_were_not_judged_are_an_error() -> None:
    """An interrupted comparison is not green."""
    root = etree.fromstring(render("junit", samples.CUT_SHORT).encode())
    assert [c.get("classname") for c in root.xpath("//testcase[error]")] == [
        "echo-harness.late.run",
        "echo-harness.run",
    ]
    assert "never" in str(root.xpath("string(//testsuite[@name='run'])"))
