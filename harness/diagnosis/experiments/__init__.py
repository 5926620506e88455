"""Experiments: small plans, performed after a failure, whose outcome tells causes apart.

They judge nothing.  Each is one line of the table: a question, and a generator that yields plans,
gets their traces, and returns what it has seen as a value.

The table, with all that is in it, is imported when it is first asked for: a target that keeps the
contract is asked nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.diagnosis.experiments.values import (
    Asking,
    Experiment,
    Fact,
    Observed,
    Setting,
    without_process_steps,
)

if TYPE_CHECKING:
    from harness.diagnosis.experiments.table import TABLE

__all__ = ["TABLE", "Asking", "Experiment", "Fact", "Observed", "Setting", "without_process_steps"]


if not TYPE_CHECKING:  # a type checker would accept any name then

    def __getattr__(name: str) -> Any:
        if name != "TABLE":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from harness.diagnosis.experiments.table import TABLE

        return TABLE
