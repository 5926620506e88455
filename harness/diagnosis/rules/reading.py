"""How the bugs of the group "reading" of the catalogue show."""

from __future__ import annotations

from harness.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = ()
