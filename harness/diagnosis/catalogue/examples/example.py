"""A broken server and a mended one, as a difference."""

from __future__ import annotations

from msgspec import Struct

BOTH, BROKEN, MENDED = "  ", "- ", "+ "
"""How a line begins, and whose it is."""


class Example(Struct, frozen=True):
    """Some lines of a server, and what changes in them."""

    language: str
    difference: str
    """Each line with two columns before it: see the constants of this module."""

    @property
    def broken(self) -> str:
        return self._side(BROKEN)

    @property
    def mended(self) -> str:
        return self._side(MENDED)

    def _side(self, own: str) -> str:
        lines = self.difference.split("\n")
        return "\n".join(line[2:] for line in lines if not line or line[:2] in (BOTH, own))
