"""Results of the checks that judge what the target has reported during the whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.contract.catalogue import find
from harness.diagnosis import Evidence
from harness.diagnosis.evidence import OF_CHECKERS, OF_ERRORS
from harness.running.casebook import Casebook
from harness.running.results import Shown, result_of
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Breach, Diagnosis, Finding, Kind, Profile, Result, Status

if TYPE_CHECKING:
    from harness.diagnosis.words.reports import Reported

IDS = frozenset({OF_CHECKERS, OF_ERRORS})
"""Their results are known when everything else is."""
AFTER = "-"
"""In place of a check: what was found when all had ended."""
MOST = 20
"""Reports of one kind that are told."""


def amended(result: Result, casebook: Casebook, profile: Profile) -> Result:
    """``result``, or the failure that the reports in ``casebook`` make of it; those of other
    checks are left alone."""
    if result.id not in IDS or result.status not in (Status.PASSED, Status.INCONCLUSIVE):
        return result
    told = [pair for pair in casebook.reports() if pair[1].checker is (result.id == OF_CHECKERS)]
    if not told:
        return result
    failed = _failed(result, told[:MOST], len(told))
    casebook.keep(
        Evidence(
            check_id=result.id,
            hint=find(result.id).hint,
            profile=profile,
            plan=Plan(()),
            trace=Trace(()),
            findings=failed.findings,
            output=failed.output,
        )
    )
    return failed


def _failed(result: Result, told: list[tuple[str, Reported]], all_of_them: int) -> Result:
    check = find(result.id)
    findings = tuple(
        Finding(Kind.RESOURCE, Breach.SAFETY, f"{report.told}, {_when(during)}")
        for during, report in told
    )
    more = f" (and {all_of_them - 1} more)" if all_of_them > 1 else ""
    first = told[0][1]
    shown = Shown(
        findings=findings,
        output=first.quote,
        diagnosis=Diagnosis(f"{first.told}", check.hint, "certain"),
        repeat=result.repeat,
    )
    failed = result_of(check, Status.FAILED, findings[0].message + more, shown)
    return msgspec.structs.replace(failed, duration_s=result.duration_s)


def _when(check_id: str) -> str:
    """Before its first check a lane has an instance that was looked at, or that nobody uses."""
    if check_id == AFTER:
        return "after the last check"
    return f"while {check_id} ran" if check_id else "before the first check"
