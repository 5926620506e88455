"""A small server for each cause, with its bug and without.

They are written as differences: ``-`` begins a line of the broken server, ``+`` one of the mended
server, two blanks one of both.
"""

from __future__ import annotations

from harness.diagnosis.catalogue.examples import (
    connections,
    datagrams,
    ending,
    limits,
    process,
    reading,
    sending,
    state,
    text,
)
from harness.diagnosis.catalogue.examples.example import Example

__all__ = ["EXAMPLES", "Example"]

_MODULES = (connections, reading, sending, ending, text, state, limits, process, datagrams)

EXAMPLES: dict[str, Example] = {
    id: Example(language, difference.strip("\n"))
    for module in _MODULES
    for language, written in (
        ("python", module.PYTHON),
        ("c", module.C),
        ("node", module.NODE),
    )
    for id, difference in written.items()
}
"""By the id of the cause."""
