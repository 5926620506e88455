"""The items of ``pytest --echo-target``: one for each check.  Imported only when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.contract.catalogue import CHECKS, FUZZ, FUZZ_ID, choose, concerning
from harness.contract.check import Check
from harness.errors import EchoHarnessError, UsageProblem
from harness.pytest_plugin.options import ROOT, asked
from harness.report import words
from harness.report.plain import details
from harness.report.words import Standing
from harness.running.session import Session
from harness.settings.choices import choose as choose_options
from harness.settings.config import find
from harness.settings.making import settings
from harness.settings.run import Settings
from harness.values.address import Transport
from harness.values.verdict import Result, is_open

DEADLINE = 120.0
"""Seconds for pytest-timeout, beyond twenty times the patience.  A test should never reach it,
since every check ends sooner by itself."""
LETTERS = {
    Standing.WARNING: "w",
    Standing.NOTE: "i",
    Standing.FLAKY: "~",
    Standing.INCONCLUSIVE: "?",
}
NO_TESTS = pytest.ExitCode.NO_TESTS_COLLECTED
OPEN = "echo-harness-open"
"""The property of a result that leaves a ``must`` open."""
PROPERTY = "echo-harness"
"""Where the standing travels in ``user_properties``, to xdist's controller and to JUnit."""


def run_settings(command: str | None, options: dict[str, Any]) -> Settings:
    """The run for a command, a configured name, or (None) an address in the options."""
    config = find()
    if command is not None and config is not None and command in config.targets:
        given = {name.replace("_", "-"): value for name, value in options.items()}
        return config.run(command, given)
    given = options if command is None else {"command": command, **options}
    return settings(choose_options(given))


class EchoItems:
    """Adds the items, and shows flaky and inconclusive ones as what they are."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            self.runs = [run_settings(command, options) for command, options in asked(config)]
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
        # A node id as an argument is a choice, not a file.
        self.picked = [arg for arg in config.args if arg.startswith(ROOT)]
        self.open: list[str] = []
        """The node ids of a ``must`` that is flaky or inconclusive."""
        if self.picked:
            config.args = [arg for arg in config.args if arg not in self.picked]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        for number, run in enumerate(self.runs, 1):
            name = ROOT if len(self.runs) == 1 else f"{ROOT}[{run.label or number}]"
            suite = EchoSuite.from_parent(session, name=name, nodeid=name, run=run)
            items += [item for item in suite.collect() if self._is_picked(item)]

    def _is_picked(self, item: pytest.Item) -> bool:
        own = (item.nodeid, item.nodeid.partition("::")[0])
        return not self.picked or any(picked in own for picked in self.picked)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        if not isinstance(report, pytest.TestReport) or report.when != "call":
            return None
        standing = dict(report.user_properties).get(PROPERTY)
        if standing not in LETTERS:
            return None
        found = Standing(str(standing))
        return str(found), LETTERS[found], found.upper()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and dict(report.user_properties).get(OPEN):
            self.open.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session in which a ``must`` is open: pytest counts that as a skip, and would be
        green."""
        if self.open and session.exitstatus in (pytest.ExitCode.OK, NO_TESTS):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for standing in LETTERS:
            reports = terminalreporter.stats.get(str(standing), [])
            if reports:
                terminalreporter.section(f"echo-harness: {words.counted(standing, len(reports))}")
            for report in reports:
                terminalreporter.line(f"{report.nodeid}  {dict(report.user_properties)['reason']}")
        if self.open:
            many = words.plural(len(self.open), "must")
            terminalreporter.section("echo-harness: undecided")
            terminalreporter.line(
                f"{many} flaky or inconclusive: that accuses nobody, and is no pass either"
            )


class EchoSuite(pytest.Collector):
    """One target, launched when its first item runs and stopped after its last."""

    def __init__(self, *, run: Settings, **rest: Any) -> None:
        super().__init__(**rest)
        self.run = run
        self.session_of_target: Session | None = None
        self.problem: EchoHarnessError | None = None

    def collect(self) -> list[EchoItem]:
        run = self.run
        checks = {check.id: check for check in (*CHECKS, FUZZ)}
        chosen = choose(run.only, run.skip, run.level)
        return [
            EchoItem.from_parent(self, name=check_id, check=checks[check_id])
            for check_id in concerning(chosen, run.target.expected) or chosen
            if check_id != FUZZ_ID or run.fuzz
        ]

    def begin(self) -> Session:
        """The session, launched for the first item.  If that fails, the first item raises
        EchoHarnessError and the others are skipped, since one message is enough."""
        if self.problem is not None:
            reason = f"the target could not be tested: {self.problem.message}"
            pytest.skip(words.shown(reason))
        if self.session_of_target is None:
            session = Session(self.run)
            try:
                session.start()
                self._must_be_collected(session)
            except EchoHarnessError as problem:
                self.problem = problem
                raise
            self.session_of_target = session
            if not hasattr(self.config, "workerinput"):  # xdist's workers do not know their items
                session.ahead(item.name for item in self.session.items if item.parent is self)
        return self.session_of_target

    def _must_be_collected(self, session: Session) -> None:
        """Raise UsageProblem when the target is of another sort than was expected: its checks are
        not among the items, and those that are would all be skipped."""
        found = session.target.transport
        if found is Transport.UDP and self.run.target.expected is not found:
            session.close()
            raise UsageProblem(
                "the target takes datagrams (UDP), and the checks that were collected are about "
                "streams.",
                'Say transport = "udp", so that those about datagrams are collected.',
            )

    def teardown(self) -> None:
        session, self.session_of_target = self.session_of_target, None
        if session is not None:
            session.close()


class EchoItem(pytest.Item):
    """One check."""

    parent: EchoSuite

    def __init__(self, *, check: Check, **rest: Any) -> None:
        super().__init__(**rest)
        self.check = check
        self.add_marker(check.level.value)
        if self.config.pluginmanager.hasplugin("timeout"):
            self.add_marker(pytest.mark.timeout(DEADLINE + 20 * self.parent.run.patience))

    def setup(self) -> None:
        try:
            self.parent.begin()
        except EchoHarnessError as problem:  # pytest asks repr_failure only about the call
            raise pytest.fail.Exception(told(problem), pytrace=False) from None

    def runtest(self) -> None:
        result = self.parent.begin().run(self.check.id)
        strict = self.parent.run.strict
        standing = words.standing(result, strict=strict)
        self.user_properties.append((PROPERTY, standing.value))
        if standing is not Standing.PASSED:
            reason = result.expected or result.summary or "no reason given"
            self.user_properties.append(("reason", words.defused(words.one_line(reason))))
        if is_open(result):
            self.user_properties.append((OPEN, "yes"))
        settle(result, standing)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, EchoHarnessError):
            return told(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, None, self.nodeid


def told(problem: EchoHarnessError) -> str:
    """What is wrong, whose fault it is and what to do."""
    whose = words.problem_title(problem.whose)
    return words.shown(f"{whose}: {problem.message}\n{problem.advice}").rstrip()


def as_failure(
    raised: pytest.ExceptionInfo[BaseException], path: Path | None
) -> pytest.ExceptionInfo[BaseException]:
    """A problem that a test or a fixture met, as a failure that shows nothing but its paragraph.

    ``path``: the file of the test; the last of its lines that led to the problem is named.
    """
    problem = raised.value
    assert isinstance(problem, EchoHarnessError)
    lines = [entry.lineno + 1 for entry in raised.traceback if Path(entry.path) == path]
    where = f"{path.name}:{lines[-1]}: " if path is not None and lines else ""
    failure = pytest.fail.Exception(where + told(problem), pytrace=False)
    return pytest.ExceptionInfo.from_exc_info((type(failure), failure, raised.tb))


def settle(result: Result, standing: Standing) -> None:
    """End a test as ``result`` did: pass, or raise what pytest knows."""
    summary = words.defused(words.one_line(result.summary))
    match standing:
        case Standing.FAILED:
            pytest.fail(f"{summary}\n\n{details(result)}", pytrace=False)
        case Standing.EXPECTED:
            pytest.xfail(words.shown(result.expected or ""))
        case Standing.SKIPPED:
            pytest.skip(summary)
        case Standing.FLAKY | Standing.INCONCLUSIVE:
            pytest.skip(f"{standing}: {summary}")


class Checker:
    """What the fixture ``echo_check`` gives: call it with ids or patterns."""

    def __init__(self, command: str | None, options: dict[str, Any]) -> None:
        self.run = run_settings(command, options)
        self.session = Session(self.run)
        self.session.start()

    def __call__(self, *patterns: str) -> list[Result]:
        """Perform the checks; the first that fails fails the test, and so does an undecided must.

        Returns the results.
        """
        __tracebackhide__ = True
        results = [self.session.run(check_id) for check_id in choose(patterns)]
        for result in results:
            standing = words.standing(result, strict=self.run.strict)
            if standing is Standing.FAILED:
                settle(result, standing)
        for result in filter(is_open, results):
            reason = words.one_line(result.summary)
            pytest.fail(f"undecided: {result.id} is {result.status}: {reason}", pytrace=False)
        return results

    def close(self) -> None:
        self.session.close()
