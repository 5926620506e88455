"""The evidence of each failure of a run, kept until causes are looked for in all of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Evidence
from harness.launcher.clues import sources
from harness.settings.run import Settings
from harness.values.verdict import Level, Profile, Result, Status

if TYPE_CHECKING:
    from harness.diagnosis.words.reports import Reported


class Casebook:
    """What the lanes have found out about the target; any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._evidence: dict[str, Evidence] = {}
        self._reports: dict[tuple[str, ...], tuple[str, Reported]] = {}

    def hear(self, check_id: str, texts: Iterable[str]) -> None:
        """What the target has written while ``check_id`` ran, and may be reports of checkers or of
        errors that nobody handled.  Of one bug the first is kept."""
        for text in texts:
            from harness.diagnosis.words.reports import reported  # few targets need it

            for report in reported(text):
                with self._lock:
                    self._reports.setdefault(report.key, (check_id, report))

    def reports(self) -> list[tuple[str, Reported]]:
        """All reports, each with the check that was running."""
        with self._lock:
            return list(self._reports.values())

    def keep(self, evidence: Evidence) -> None:
        """The evidence of a failed check; a later failure of the same check replaces it."""
        with self._lock:
            self._evidence[evidence.check_id] = evidence

    def case(
        self, profile: Profile, results: Iterable[Result], settings: Settings | None = None
    ) -> Case:
        """All the evidence as one value, with the ``results`` of the run and its ``settings``."""
        results = list(results)
        with self._lock:
            failures = tuple(
                self._evidence[r.id]
                for r in results
                if r.status is Status.FAILED and r.id in self._evidence
            )
        passed = frozenset(r.id for r in results if r.status is Status.PASSED)
        warnings = frozenset(
            r.id for r in results if r.status is Status.FAILED and r.level is not Level.MUST
        )
        return Case(
            profile,
            failures,
            passed,
            warnings,
            command=settings.target.command if settings else (),
            sources=tuple(sources(settings.target)) if settings and failures else (),
            pinned=settings is not None and settings.profile is not None,
        )
