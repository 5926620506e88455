"""The report as JUnit XML: a test suite for each group, a test case for each check.

JUnit knows four outcomes, we know more.  What accuses the target is a ``failure``; what could not
be tested is an ``error``.  What is neither a pass nor an accusation (skipped, flaky, inconclusive,
an expected failure, a check that did not run) is ``skipped``, the only outcome that a CI system
counts as neither; the message begins with the exact word.  A failed ``should`` that does not count
in this run is a pass with a text.  A run that is undecided has an ``error`` that says why.
"""

from __future__ import annotations

from xml.dom.minidom import parseString

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.report import gaps, plain, words
from harness.report.comparison import Comparison
from harness.report.words import Standing
from harness.text.clean import defused
from harness.values.report import Report
from harness.values.verdict import Result, Verdict

RUN = "run"
"""The suite of what concerns the run as a whole; it is there only if something does."""


def render(report: Report) -> str:
    """``report`` in the shape that Jenkins publishes a schema for (junit-10.xsd)."""
    return _document(_suites(report), report.duration_s)


def render_all(comparison: Comparison) -> str:
    """The same for many targets: suites and classes bear their names."""
    suites = [
        suite for name, report in comparison.named().items() for suite in _suites(report, name)
    ]
    if comparison.not_run:
        names = ", ".join(comparison.not_run)
        case = _error("is complete", "interrupted", "interrupted", f"Not judged: {names}")
        suite = TestSuite(RUN)
        suite.add_testcases([case])
        suites.append(suite)
    return _document(suites, comparison.duration_s)


def _suites(report: Report, name: str = "") -> list[TestSuite]:
    """``name``: the target's, where there are several."""
    prefix = f"{words.one_line(name)}." if name else ""
    groups: dict[str, list[TestCase]] = {}
    for result in report.checks:
        groups.setdefault(_group(result.id), []).append(_case(result, report.strict, prefix))
    for check_id in words.not_run(report):
        groups.setdefault(_group(check_id), []).append(_not_run(check_id, report, prefix))
    suites = [_suite(prefix + group, cases, report) for group, cases in groups.items()]
    if cases := _run_cases(report, prefix):
        suites.append(_suite(prefix + RUN, cases, report))
    return suites


def _document(suites: list[TestSuite], seconds: float) -> str:
    document = JUnitXml("echo-harness")
    for suite in suites:
        document.add_testsuite(suite)
    # Not update_statistics(): the schema knows no ``skipped`` here, only on the suites.
    document.tests = sum(suite.tests for suite in suites)
    document.failures = sum(suite.failures for suite in suites)
    document.errors = sum(suite.errors for suite in suites)
    document.time = round(seconds, 3)
    tree = parseString(document.tostring())  # type: ignore[no-untyped-call,unused-ignore]
    text = tree.toprettyxml(encoding="utf-8").decode().rstrip() + "\n"
    return defused(text, sharp="&#35;", colon="&#58;")


def _group(check_id: str) -> str:
    return check_id.partition("/")[0]


def _not_run(check_id: str, report: Report, prefix: str) -> TestCase:
    group, _, name = words.one_line(check_id).partition("/")
    case = TestCase(name or group, f"echo-harness.{prefix}{group}", 0)
    case.result = [Skipped(f"did not run: {gaps.cut_short(report)}", "not-run")]
    return case


def _suite(name: str, cases: list[TestCase], report: Report) -> TestSuite:
    suite = TestSuite(words.one_line(name))
    if (place := report.environment) is not None:
        suite.timestamp = place.started.isoformat(timespec="seconds")
        suite.hostname = words.one_line(place.host)
    for key, value in _facts(report):
        suite.add_property(key, words.one_line(value))
    suite.add_testcases(cases)
    return suite


def _facts(report: Report) -> list[tuple[str, str]]:
    found = [
        ("verdict", report.verdict.value),
        ("version", report.tool.version),
        ("seed", str(report.tool.seed)),
        ("command", report.tool.command),
        ("target", words.tested(report)),
        ("profile", words.profile(report.target)),
    ]
    if report.target.name:
        found.append(("name", report.target.name))
    found += [
        (name, value)
        for name, value in (
            ("address", report.target.address),
            ("transport", report.target.transport),
            ("launch", report.target.launch),
        )
        if value
    ]
    found += [(fact, "true") for fact in words.isolation(report.target)]
    if report.environment is not None:
        found += words.environment(report.environment).items()
    own = (Standing.PASSED, Standing.FAILED, Standing.SKIPPED)
    others = [s for s in Standing if s not in own]
    named = {s.value: [r.id for r in words.of_standing(report, s)] for s in others}
    return found + [(name, ", ".join(ids)) for name, ids in named.items() if ids]


def _case(result: Result, strict: bool, prefix: str) -> TestCase:
    group, _, name = words.one_line(result.id).partition("/")
    case = TestCase(name or group, f"echo-harness.{prefix}{group}", round(result.duration_s, 6))
    standing = words.standing(result, strict=strict)
    summary = words.one_line(result.summary)
    match standing:
        case Standing.PASSED:
            return case
        case Standing.FAILED:
            kind = result.findings[0].kind.value if result.findings else "breach"
            outcome = Failure(summary, kind)
            outcome.text = plain.details(result)
            case.result = [outcome]
        case Standing.WARNING | Standing.NOTE:
            case.system_out = f"{standing}: {summary}\n\n{plain.details(result)}"
        case Standing.SKIPPED:
            case.result = [Skipped(summary, standing.value)]
        case Standing.EXPECTED:
            case.result = [
                Skipped(words.one_line(f"expected failure: {result.expected}"), standing.value)
            ]
            case.system_out = plain.details(result)
        case Standing.FLAKY | Standing.INCONCLUSIVE:
            case.result = [Skipped(f"{standing}: {summary}", standing.value)]
            case.system_out = f"{standing}: {summary}\n\n{plain.details(result)}"
    return case


def _run_cases(report: Report, prefix: str) -> list[TestCase]:
    """What would otherwise look like a run in which all went well."""
    found = []
    if (problem := report.problem) is not None:
        text = f"{words.printable(problem.message)}\n{words.printable(problem.advice)}"
        title = words.problem_title(problem.whose)
        kind = f"{problem.whose}: {problem.step}"
        found.append(_error("can be tested", title, kind, text, prefix))
    if report.interrupted:
        text = f"{len(report.checks)} checks were done when the run was interrupted."
        found.append(_error("is complete", "interrupted", "interrupted", text, prefix))
    if report.verdict is Verdict.UNDECIDED and not found:
        text = "\n".join(gaps.left_open(report))
        found.append(_error("decides", "undecided", "undecided", text, prefix))
    return found


def _error(name: str, message: str, kind: str, text: str, prefix: str = "") -> TestCase:
    case = TestCase(name, f"echo-harness.{prefix}{RUN}", 0)
    error = Error(words.one_line(message), words.one_line(kind))
    error.text = words.printable(text)
    case.result = [error]
    return case
