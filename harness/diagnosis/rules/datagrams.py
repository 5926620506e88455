"""datagrams: how the bugs of servers of datagrams show."""

from __future__ import annotations

from harness.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
