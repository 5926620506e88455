"""How the bugs of the group "reading" of the catalogue show."""

from __future__ import annotations

from harness.diagnosis.rule import Rule
from harness.diagnosis.rules import edges, foretelling, forgotten, full_reads, reads, waiting

RULES: tuple[Rule, ...] = (
    *waiting.RULES,
    *reads.RULES,
    *full_reads.RULES,
    *edges.RULES,
    *forgotten.RULES,
    *foretelling.READING,
)
