"""Making what a target wrote safe to show."""

from __future__ import annotations

import re

from harness.text.clean import defused

# ECMA-48: CSI sequences, OSC strings ended by BEL or ST, and the two-character escapes.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\|$)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_COLUMNS = 300


def sanitise(text: str) -> str:
    """``text`` without terminal escapes, control characters and overlong lines.

    Newlines and tabs stay.  Bidirectional overrides go too: they can disguise what is shown.  No
    line is one that a CI system obeys: a message with it may be shown by others, as a traceback.
    """
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", "\n"))
    return defused(
        "\n".join(
            line if len(line) <= MAX_COLUMNS else line[:MAX_COLUMNS] + " [...]"
            for line in text.split("\n")
        )
    )


KEPT = 60
"""Lines that are looked at to find out why a target failed: some tracebacks are long."""
SHOWN = 12
"""Lines of them that a report shows."""


def last_lines(text: str, lines: int = SHOWN) -> str:
    """The last ``lines`` lines of ``text`` that are not blank at the end."""
    return "\n".join(text.rstrip().split("\n")[-lines:])


IN_USE = re.compile(r"address (is )?already in use|EADDRINUSE|addr(ess)? in use", re.I)


def says_in_use(output: str) -> bool:
    """Whether the target complains that its address is in use."""
    return IN_USE.search(output) is not None
