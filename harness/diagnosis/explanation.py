"""What the failures of a run are put down to."""

from __future__ import annotations

from msgspec import Struct

from harness.values.report import Cause
from harness.values.verdict import Diagnosis


class Explanation(Struct, frozen=True):
    """The causes of a case, and what each failure is put down to."""

    causes: tuple[Cause, ...]
    diagnoses: dict[str, Diagnosis]
    """By the id of the failed check; there is one for each."""
