"""The rules: for each cause of the catalogue how it is recognised, in the order of its groups."""

from __future__ import annotations

from harness.diagnosis.rule import Rule
from harness.diagnosis.rules import (
    connections,
    ending,
    exceptions,
    limits,
    process,
    reading,
    sending,
    state,
    text,
)

RULES: tuple[Rule, ...] = (
    *connections.RULES,
    *reading.RULES,
    *sending.RULES,
    *ending.RULES,
    *text.RULES,
    *state.RULES,
    *limits.RULES,
    *process.RULES,
    *exceptions.RULES,
)
