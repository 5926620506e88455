"""Failures that the user expects, and what becomes of a result that meets one or does not.

As with pytest's strict xfail: a failure that is expected does not count, and a check that passes
although it is expected to fail does, so that no expectation outlives its bug.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from harness.values.verdict import Result, Status


def meet(result: Result, expected: Mapping[str, str]) -> Result:
    """``result``, changed where ``expected`` (check id to reason) says that it fails."""
    reason = expected.get(result.id)
    if reason is None:
        return result
    if result.status is Status.FAILED:
        return msgspec.structs.replace(result, expected=reason)
    if result.status is Status.PASSED:
        return msgspec.structs.replace(
            result,
            status=Status.FAILED,
            surprising=True,
            summary=f"it passed, although it is expected to fail ({reason}); if the bug is gone, "
            "remove the expectation",
        )
    return result


def unknown(expected: Iterable[str], known: Iterable[str]) -> list[str]:
    """The ids in ``expected`` that are no checks."""
    checks = set(known)
    return [check_id for check_id in expected if check_id not in checks]
