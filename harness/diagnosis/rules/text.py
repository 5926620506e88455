"""How the bugs of the group "text" of the catalogue show.

Most of them are foretold: what a server with the bug sends back is computed, and compared with what
came.  Those that end a connection at a byte or a word are in `words`, `lone_bytes`, `ends_alone`
and `decoding`, those that send what nobody has sent in `added` and `last_words`.
"""

from __future__ import annotations

from harness.diagnosis.rule import Rule
from harness.diagnosis.rules import (
    added,
    decoding,
    ends_alone,
    foretelling,
    last_words,
    lone_bytes,
    words,
)

RULES: tuple[Rule, ...] = (
    *foretelling.TEXT,
    *words.RULES,
    *lone_bytes.RULES,
    *ends_alone.RULES,
    *decoding.RULES,
    *added.RULES,
    *last_words.RULES,
)
