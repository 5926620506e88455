"""The rules: for each cause of the catalogue how it is recognised, in the order of its groups."""

from __future__ import annotations

from harness.diagnosis.rule import Rule
from harness.diagnosis.rules import (
    aftermath,
    answered_once,
    connections,
    crowds,
    crowds_forgotten,
    crowds_left,
    datagrams,
    deaths,
    ending,
    exceptions,
    given_up,
    lasting,
    leaving,
    limits,
    now_and_then,
    process,
    queues,
    reading,
    sending,
    shares,
    slow_readers,
    sourced,
    spinning,
    starting_again,
    state,
    stuck_readers,
    text,
    together,
)

RULES: tuple[Rule, ...] = (
    *connections.RULES,
    *answered_once.RULES,
    *starting_again.RULES,
    *crowds.RULES,
    *crowds_forgotten.RULES,
    *crowds_left.RULES,
    *leaving.RULES,
    *reading.RULES,
    *shares.RULES,
    *slow_readers.RULES,
    *given_up.RULES,
    *stuck_readers.RULES,
    *sending.RULES,
    *queues.RULES,
    *ending.RULES,
    *lasting.RULES,
    *text.RULES,
    *state.RULES,
    *together.RULES,
    *limits.RULES,
    *now_and_then.RULES,
    *deaths.RULES,
    *process.RULES,
    *aftermath.RULES,
    *spinning.RULES,
    *exceptions.RULES,
    *sourced.RULES,
)

DATAGRAM_RULES: tuple[Rule, ...] = datagrams.RULES
"""For servers of datagrams."""
