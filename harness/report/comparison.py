"""Many runs side by side, as data: what the JSON file of ``compare`` holds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from harness._version import __version__
from harness.report import words
from harness.report.words import Standing
from harness.values.report import SCHEMA_VERSION, Environment, Report
from harness.values.verdict import Verdict

WORST_LAST = (0, 4, 1, 3, 2, 69, 70, 130)
"""Exit codes from good to bad: undecided accuses nobody, and what was not tested may be worse
than what was found."""

Row = tuple[Standing | None, ...]
"""The standing of a check on each target; None where it was not chosen, or did not run."""


class Comparer(Struct, frozen=True):
    """The tool that made the comparison."""

    name: str
    version: str
    command: str
    """The command line that makes it again."""


class Comparison(Struct, frozen=True, tag_field="kind", tag="comparison"):
    """Several targets, each judged by a run of its own."""

    schema_version: int
    tool: Comparer
    verdicts: dict[str, Verdict]
    """The target's name to what its run ended with."""
    exit_code: int
    """The worst of all."""
    duration_s: float
    targets: tuple[Report, ...]
    """The whole report of each; ``target.name`` is never null here."""
    not_run: tuple[str, ...] = ()
    """The names of targets that were not judged, because the run was interrupted."""
    environment: Environment | None = None

    def named(self) -> dict[str, Report]:
        """The target's name to its report."""
        return dict(zip(self.verdicts, self.targets, strict=False))


def compared(
    reports: Mapping[str, Report], *, command: str, not_run: tuple[str, ...] = ()
) -> Comparison:
    """The comparison of at least one run; ``command`` makes it again."""
    named = [
        msgspec.structs.replace(r, target=msgspec.structs.replace(r.target, name=name))
        for name, r in reports.items()
    ]
    return Comparison(
        schema_version=SCHEMA_VERSION,
        tool=Comparer(name="echo-harness", version=__version__, command=command),
        verdicts={name: report.verdict for name, report in reports.items()},
        exit_code=max((report.exit_code for report in named), key=WORST_LAST.index),
        duration_s=round(sum(report.duration_s for report in named), 3),
        targets=tuple(named),
        not_run=not_run,
        environment=named[0].environment,
    )


def cut_short(comparison: Comparison, exit_code: int) -> Comparison:
    """The comparison of a run that came to no proper end, with the exit code that says so."""
    return msgspec.structs.replace(comparison, exit_code=exit_code)


def title(comparison: Comparison) -> str:
    """``2 of 4 targets conform``, and whether that is all."""
    all_of_them = len(comparison.targets) + len(comparison.not_run)
    good = sum(report.ok for report in comparison.targets)
    text = f"{good} of {words.plural(all_of_them, 'target')} conform"
    return f"interrupted, {text} so far" if comparison.not_run else text


def rows(reports: Mapping[str, Report]) -> dict[str, Row]:
    """Check id to its standing on each target; the checks of a group stand together."""
    found: dict[str, dict[str, Standing]] = {}
    for name, report in reports.items():
        for result in report.checks:
            standing = words.standing(result, strict=report.strict)
            found.setdefault(result.id, {})[name] = standing
        for check_id in words.not_run(report):
            found.setdefault(check_id, {})
    groups = list(dict.fromkeys(check.partition("/")[0] for check in found))
    order = sorted(found, key=lambda check: groups.index(check.partition("/")[0]))
    return {check: tuple(found[check].get(name) for name in reports) for check in order}


def differs(row: Row) -> bool:
    """Whether a check's standing differs between targets; those that skipped it are left out."""
    return len(set(row) - {None, Standing.SKIPPED}) > 1
