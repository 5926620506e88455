"""The evidence of each failure of a run, kept until causes are looked for in all of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import AnyEvidence, DatagramEvidence, Evidence
from harness.diagnosis.languages import language_of
from harness.settings.run import Settings
from harness.values.address import LaunchStyle
from harness.values.target import TargetSpec
from harness.values.verdict import Level, Profile, Result, Status

if TYPE_CHECKING:
    from harness.diagnosis.words.reports import Reported


class Casebook:
    """What the lanes have found out about the target; any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._evidence: dict[str, AnyEvidence] = {}
        self._reports: dict[tuple[str, ...], tuple[str, Reported]] = {}
        self._unfinished: list[tuple[str, str]] = []
        """Texts of which the last report may not be whole, each with the check that ran then."""

    def hear(self, check_id: str, texts: Sequence[str]) -> None:
        """What launches have written by now that may be reports of checkers or of errors that
        nobody handled, all of it each time; ``check_id``: what ran meanwhile.

        Of one bug the first is kept.  The last of a text may not have come whole: it is kept when
        more has come, or nothing does.
        """
        if not texts:
            return
        from harness.diagnosis.words.reports import reported  # few targets need it

        for text in texts:
            found = list(reported(text))
            with self._lock:
                earlier = [one for one in self._unfinished if text.startswith(one[1])]
                began = earlier[0][0] if earlier else check_id
                for one in earlier:
                    self._unfinished.remove(one)
                for report in found[:-1]:
                    if report.key not in self._reports:
                        self._reports[report.key] = began, report
                        began = check_id
                if found:
                    self._unfinished.append((began, text))

    def reports(self) -> list[tuple[str, Reported]]:
        """All reports, each with the check that was running."""
        with self._lock:
            if self._unfinished:
                from harness.diagnosis.words.reports import reported
            for check_id, text in self._unfinished:
                for report in reported(text)[-1:]:
                    self._reports.setdefault(report.key, (check_id, report))
            return list(self._reports.values())

    def keep(self, evidence: AnyEvidence) -> None:
        """The evidence of a failed check; a later failure of the same check replaces it."""
        with self._lock:
            self._evidence[evidence.check_id] = evidence

    def case(
        self, profile: Profile, results: Iterable[Result], settings: Settings | None = None
    ) -> Case:
        """All the evidence as one value, with the ``results`` of the run and its ``settings``."""
        results = list(results)
        with self._lock:
            found = tuple(
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
            tuple(e for e in found if isinstance(e, Evidence)),
            passed,
            warnings,
            command=settings.target.command if settings else (),
            language=language_of_target(settings.target) if settings and found else None,
            sources=_sources(settings) if settings and found else (),
            pinned=settings is not None and settings.profile is not None,
            datagrams=tuple(e for e in found if isinstance(e, DatagramEvidence)),
            launch=settings.target.launch if settings else LaunchStyle.LISTEN,
        )


def language_of_target(target: TargetSpec) -> str | None:
    """What the command says, or the executable that it names by its path, or the first line of
    such a script.  A program without a path is the system's, as are ``env`` and ``nice``."""
    from harness.constants import origins  # few targets need it
    from harness.launcher.clues import program_of

    command = target.command
    known = language_of(command)
    if known or not command or "/" not in command[0]:
        return known
    if os.path.realpath(Path(target.cwd or ".", command[0])) == os.path.realpath(
        shutil.which(Path(command[0]).name) or ""
    ):
        return None
    content = program_of(target)
    first = content[:MOST_OF_A_LINE].decode("utf-8", "replace")
    return origins.language(content) or language_of(command, source=first)


MOST_OF_A_LINE = 256
"""Bytes, in which a script names its interpreter."""


def _sources(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The names and texts of the target's files: a line of them may be what a cause is about."""
    from harness.constants.sources import sources_of  # few targets need it

    return tuple((source.path.name, source.text) for source in sources_of(settings.target))
