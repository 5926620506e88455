"""Judging many targets by a crew, and what becomes of those that no worker could judge."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from harness import fuzzer
from harness.errors import EchoHarnessError, HarnessFault, TargetProblem, UsageProblem
from harness.fuzzer.datagrams.case import loads_any
from harness.settings.run import Settings
from harness.spreading.crew import Crew
from harness.spreading.runs import failed
from harness.spreading.tasks import (
    Judge,
    Judged,
    Kept,
    Lost,
    Place,
    Told,
    Working,
    in_cell,
    packed,
)
from harness.spreading.wire import sent
from harness.text import outside
from harness.values.report import Report
from harness.values.verdict import EXIT_CODE

GLANCE = 0.2
"""Seconds between two looks at whether somebody wants this to end."""
TIME_LIMIT = "time limit"
"""Why a run ended before all checks had run, as reports have it in ``stopped``."""


class Many:
    """Judges targets side by side.

    ``tell``: gets each name and report as it comes.  ``asked``: whether the user wants this to end.
    """

    def __init__(
        self,
        crew: Crew,
        tell: Callable[[str, Report], None],
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._crew = crew
        self._tell = tell
        self._asked = asked
        self.found: dict[str, Report] = {}
        """Whatever there is by now; also after an exception."""
        self.interrupted = False

    def judge(self, tasks: Mapping[str, Judge]) -> None:
        """Have all of them judged.  Raises ClusterProblem when the crew is gone."""
        names = list(tasks)
        for number, task in enumerate(tasks.values()):
            self._crew.put(number, packed(task), cell=in_cell(task.settings))
        left = len(names)
        while left:
            self._look()
            for news in self._crew.news(GLANCE):
                if isinstance(news.told, Working):
                    continue
                left -= 1
                name = names[news.number]
                if news.told is not None:
                    self._keep(name, tasks[name], news.told)

    def _look(self) -> None:
        if not self.interrupted and self._asked():
            self.interrupted = True
            self._crew.give_up()

    def _keep(self, name: str, task: Judge, told: Told) -> None:
        report = self._report(task, told)
        if report.interrupted and not self.interrupted:  # by its worker, wherever that is
            report = timed_out(report)
        self.found[name] = report
        self._tell(name, report)

    def _report(self, task: Judge, told: Told) -> Report:
        if isinstance(told, Lost):
            kind = TargetProblem if told.whose == "target" else HarnessFault
            return failed(task.settings, kind(told.why, told.advice, step="judge"))
        assert isinstance(told, Judged)
        return _with_cases(task, told)


def _with_cases(task: Judge, told: Judged) -> Report:
    """The report, with its cases in the corpus of who asks."""
    problems: list[str] = []
    for name, content in told.cases.items():
        if task.kept is None or name in task.kept.cases:
            continue
        try:
            settings = task.settings
            root = Path(settings.corpus or fuzzer.CORPUS)
            corpus = fuzzer.corpus_of(settings.target, settings.label, root)
            corpus.save(loads_any(content, name))
        except UsageProblem as problem:
            problems.append(str(problem))
    notices = (*told.report.notices, *problems)
    return msgspec.structs.replace(told.report, notices=notices)


def timed_out(report: Report) -> Report:
    """The report of a run that was ended since it took too long: nobody interrupted it."""
    return msgspec.structs.replace(
        report, interrupted=False, exit_code=EXIT_CODE[report.verdict], stopped=TIME_LIMIT
    )


def place() -> Place:
    """Where we are.  Raises UsageProblem when the folder is gone."""
    return Place(str(outside.working_directory()), sys.executable)


def task(settings: Settings, place: Place, build: tuple[str, ...], shown: str) -> Judge:
    """The task of judging one target, with what is known of it from earlier runs."""
    return Judge(sent(settings), place, build, shown, _kept(settings))


def unknown(settings: Settings, shown: str, why: str) -> Report:
    """The report of a file that nobody knows how to run."""
    return failed(settings, TargetProblem(f"{shown} cannot be run: {why}.", step="launch"))


def _kept(settings: Settings) -> Kept | None:
    """The cases of a target, to be sent along; None where there can be none."""
    try:
        root = Path(settings.corpus or fuzzer.CORPUS)
        corpus = fuzzer.corpus_of(settings.target, settings.label, root)
        found = {path.name: path.read_bytes() for path in corpus.cases()}
    except (EchoHarnessError, OSError):
        return None
    return Kept(str(corpus.folder), found)
