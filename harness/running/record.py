"""The record of a run: its results so far, and the report that is made of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

import msgspec

from harness._version import __version__
from harness.contract.catalogue import find
from harness.diagnosis import Explanation, cause_of_end
from harness.errors import (
    ClusterProblem,
    EchoHarnessError,
    HarnessFault,
    TargetProblem,
    WrongTarget,
)
from harness.judging.expectations import meet
from harness.running.results import result_of, undecided
from harness.settings.run import Settings
from harness.values.dictionary import AUTO
from harness.values.effort import Effort
from harness.values.events import Notice
from harness.values.report import (
    SCHEMA_VERSION,
    Cause,
    Environment,
    FuzzStats,
    Problem,
    Report,
    TargetInfo,
    ToolInfo,
    count,
)
from harness.values.verdict import (
    EXIT_CODE,
    Diagnosis,
    Result,
    Status,
    Verdict,
    conclude,
    counts_against,
)

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it: 128 + SIGINT."""


class Record:
    """Results and notices as they come in; ``chosen``: the ids, in the order of the report."""

    def __init__(self, settings: Settings, chosen: list[str]) -> None:
        self.settings = settings
        self.chosen = chosen
        self.results: list[Result] = []
        self.notices: list[str] = []
        self.fuzz: FuzzStats | None = None
        self.target = TargetInfo(
            command=settings.target.shown if settings.target.command else None,
            address=None,
            profile=settings.profile,
            profile_source="pinned" if settings.profile else None,
            ready_s=None,
            name=settings.label,
            launch=settings.target.launch if settings.target.command else None,
        )
        self._causes: tuple[Cause, ...] = ()
        self.interrupted = False
        self._problem: Problem | None = None
        self._verdict: Verdict | None = None
        self._ended_with: int | None = None
        """The exit code of what ended the run, where that is more than a verdict."""

    @property
    def has_failed(self) -> bool:
        """Whether a failure counts against the target.  A warning does not: every verdict is
        possible.
        """
        strict = self.settings.strict
        return any(counts_against(r, strict=strict) for r in list(self.results))

    @property
    def not_run(self) -> tuple[str, ...]:
        """The chosen checks that have no result."""
        done = {r.id for r in self.results}
        return tuple(check_id for check_id in self.chosen if check_id not in done)

    @property
    def _stopped(self) -> str | None:
        """Why some have no result, in the words of the report."""
        if self.interrupted:
            return "interrupted"
        if self._problem is not None:
            return "problem"
        return "first failure" if self.has_failed and self.not_run else None

    def note(self, text: str) -> Notice:
        """Keep a notice for the report; returns it as an event."""
        self.notices.append(text)
        return Notice(text)

    def notes(self, texts: Iterable[str]) -> Iterator[Notice]:
        """The same for several."""
        return map(self.note, texts)

    def add(self, result: Result) -> Result:
        """Keep ``result``, changed where the user expects a failure; returns it as it is kept."""
        self.results.append(meet(result, dict(self.settings.expected)))
        return self.results[-1]

    def explained(self, explanation: Explanation) -> None:
        """Keep the causes that explain the failures of the run."""
        self._causes = explanation.causes
        self.results = [
            msgspec.structs.replace(result, diagnosis=found)
            if (found := explanation.diagnoses.get(result.id)) is not None
            else result
            for result in self.results
        ]

    def add_problem(self, problem: EchoHarnessError) -> None:
        """Keep the problem that ended the run."""
        self._problem = Problem(
            whose=problem.whose,
            step=problem.step,
            message=problem.message,
            advice=problem.advice,
        )
        if isinstance(problem, WrongTarget):
            self._verdict = Verdict.UNTESTABLE
            self.results = [_void(result, problem) for result in self.results]
        elif isinstance(problem, TargetProblem):
            self._verdict = None if self.results else Verdict.UNTESTABLE
            if problem.step == "listen" and "launch/listens" in self.chosen and not self.results:
                self._never_listened(problem)
            if self._verdict is Verdict.UNTESTABLE and self.settings.ours:
                self._may_be_misplaced(problem)
        elif isinstance(problem, HarnessFault | ClusterProblem):
            self._ended_with = problem.exit_code

    def _never_listened(self, problem: TargetProblem) -> None:
        """Keep that the target never listened, and why, where its last words prove it."""
        first, _, _ = problem.message.partition("\n")
        listens = find("launch/listens")
        self.results.append(result_of(listens, Status.FAILED, first))
        target = self.settings.target
        if type(problem) is not TargetProblem or self._problem is None:
            return  # the others say themselves what is wrong
        if (cause := cause_of_end(target.command, problem.output, listens.id)) is None:
            return
        found = Diagnosis(cause.bug, cause.hint, cause.confidence, cause.id)
        self.explained(Explanation((cause,), {listens.id: found}))
        advice = f"Likely bug: {cause.bug}. {cause.hint}"
        self._problem = msgspec.structs.replace(self._problem, advice=advice)

    def _may_be_misplaced(self, problem: TargetProblem) -> None:
        """Say so where an option of ours has gone to the server, and that does not know it."""
        from harness.constants.sources import sources_of
        from harness.launcher import misplaced

        settings, advice = self.settings, ""
        found = misplaced.refused(settings.ours, problem.output)
        if not found and problem.step == "listen" and self._problem is not None:
            advice = f"{self._problem.advice} "  # that it has no such word proves less
            texts = [source.text for source in sources_of(settings.target)]
            found = misplaced.unheard_of(settings.ours, texts)
        if found and self._problem is not None:
            told = f"{advice}{misplaced.hint(settings.target.command, found)}"
            self._problem = msgspec.structs.replace(self._problem, advice=told)

    def repeat(self, check_id: str) -> str:
        """The command line that shows one check again."""
        settings = self.settings
        words = ["echo-harness", "check", "--only", check_id]
        if settings.seed:
            words += ["--seed", str(settings.seed)]
        words += self._effort
        return shlex.join([*words, *settings.repeat_with])

    @property
    def _effort(self) -> list[str]:
        """The option, unless it is what everybody has."""
        effort = self.settings.effort
        return [] if effort is Effort.NORMAL else ["--effort", effort.value]

    def report(self, duration: float, environment: Environment | None = None) -> Report:
        """The report of a run that took ``duration`` seconds."""
        order = {check_id: n for n, check_id in enumerate(self.chosen)}
        results = sorted(self.results, key=lambda r: order.get(r.id, len(order)))
        verdict = self._verdict or conclude(
            results, strict=self.settings.strict, not_run=self.not_run
        )
        if verdict is Verdict.CONFORMING and (self._problem or self.interrupted):
            verdict = Verdict.UNDECIDED  # a check that did not run may fail
        exit_code = EXIT_CODE[verdict] if self._ended_with is None else self._ended_with
        if self.interrupted:
            exit_code = INTERRUPTED
        words = ["echo-harness", "check", "--seed", str(self.settings.seed), *self._effort]
        if self.settings.dictionary != AUTO:
            words += ["--dictionary", self.settings.dictionary]
        return Report(
            schema_version=SCHEMA_VERSION,
            tool=ToolInfo(
                name="echo-harness",
                version=__version__,
                seed=self.settings.seed,
                command=shlex.join([*words, *self.settings.repeat_with]),
            ),
            target=self.target,
            verdict=verdict,
            exit_code=exit_code,
            counts=count(results),
            duration_s=round(duration, 3),
            checks=tuple(results),
            fuzz=self.fuzz,
            notices=tuple(self.notices),
            problem=self._problem,
            interrupted=self.interrupted,
            strict=self.settings.strict,
            effort=self.settings.effort,
            not_run=self.not_run,
            stopped=self._stopped,
            environment=environment,
            causes=self._causes,
            reference=self.settings.reference,
            not_run_levels=tuple(find(check_id).level for check_id in self.not_run),
            grading=self.settings.grading,
        )


def _void(result: Result, problem: WrongTarget) -> Result:
    """The result of a check that judged something else than the target: it proves nothing."""
    if result.status is Status.SKIPPED:
        return result
    return undecided(find(result.id), problem.message)
