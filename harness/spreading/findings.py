"""The bugs that a spread fuzz run has found, and the one result that they add up to."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from harness import fuzzer
from harness.contract.catalogue import FUZZ
from harness.diagnosis import Explanation
from harness.errors import UsageProblem
from harness.fuzzer.case import BaseCase
from harness.fuzzer.datagrams.case import loads_any
from harness.fuzzer.events import FuzzSummary
from harness.running.fuzz_check import FuzzWork
from harness.running.results import Shown, result_of
from harness.settings.run import Settings
from harness.spreading.tasks import AnySuspect, Examined
from harness.values.report import Cause, Report
from harness.values.verdict import Breach, Profile, Result, Status


class Findings:
    """Keeps what was found, in order, and saves it in the corpus of who asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._results: list[Result] = []
        self._causes: dict[str, Cause] = {}
        self.corpus: fuzzer.Corpus | None = None
        self.no_corpus = ""
        """Why there is none."""
        try:
            root = Path(settings.corpus or fuzzer.CORPUS)
            self.corpus = fuzzer.corpus_of(settings.target, settings.label, root)
        except UsageProblem as problem:
            self.no_corpus = f"No case is kept or tried: {problem}"

    def __len__(self) -> int:
        return len(self._results)

    def earlier(self, report: Report) -> None:
        """A case of an earlier run that fails still."""
        self._add(report.checks[0], report)

    def new(self, examined: Examined) -> str:
        """A bug of this run.  Returns a line that tells of it."""
        result = examined.report.checks[0]
        assert examined.case is not None
        path, problem = self._save(loads_any(examined.case, "a worker's case"))
        self._add(self._kept(result, path), examined.report)
        return f"{result.findings[0].message}: {path or problem}"

    def unexamined(self, suspect: AnySuspect, profile: Profile) -> None:
        """A failure that nobody has come to look into.  It counts if seeing it once proves it."""
        if suspect.findings[0].breach is not Breach.SAFETY:
            return
        path, _ = self._save(suspect.case(profile))
        text = f"{suspect.findings[0].message} (seen once; the run ended before it was shrunk)"
        shown = Shown(suspect.findings, suspect.trace, suspect.output)
        self._results.append(self._kept(result_of(FUZZ, Status.FAILED, text, shown), path))

    def result(self, summary: FuzzSummary) -> Result:
        """The result of the whole run."""
        if not self._results:
            return FuzzWork.without_failures(summary)
        first, *others = self._results
        if not others:
            return first
        paths = ", ".join(result.case for result in others if result.case)
        more = f"and {len(others)} other bugs{': ' if paths else ''}{paths}"
        return msgspec.structs.replace(
            first,
            summary=f"{first.summary} {more}",
            findings=tuple(f for result in self._results for f in result.findings[:1]),
        )

    def explanation(self) -> Explanation:
        """The causes of all bugs; the result has the diagnosis of the first already."""
        return Explanation(tuple(self._causes.values()), {})

    def _add(self, result: Result, report: Report) -> None:
        self._results.append(result)
        for cause in report.causes:
            self._causes.setdefault(cause.id, cause)

    def _save(self, case: BaseCase) -> tuple[str | None, str]:
        """The path, or why there is none."""
        if self.corpus is None:
            return None, self.no_corpus
        try:
            return str(self.corpus.save(case)), ""
        except UsageProblem as problem:
            return None, str(problem)

    def _kept(self, result: Result, path: str | None) -> Result:
        if path is None:
            return result
        words = ["echo-harness", "replay", path, *self._settings.repeat_with]
        return msgspec.structs.replace(result, case=path, repeat=shlex.join(words))
