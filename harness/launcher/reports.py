"""What targets write that may be a report: of a checker, or of an error that nobody handled."""

from __future__ import annotations

from collections.abc import Callable


class Reports:
    """Those of all that one keeper has launched, by their launch ids.

    ``fetch``: asks the warden for all that a launch has written of the kind.
    """

    def __init__(self, fetch: Callable[[int], str]) -> None:
        self._fetch = fetch
        self._noticed: set[int] = set()
        """Launches that have written something since it was fetched."""
        self._silent: set[int] = set()
        self._texts: list[str] = []

    def notice(self, ident: int) -> None:
        """The launch has written something of the kind."""
        if ident not in self._silent:
            self._noticed.add(ident)

    def keep(self, ident: int) -> None:
        """Fetch what the launch has written by now: soon nobody can."""
        if ident in self._noticed:
            self._noticed.discard(ident)
            self._texts.append(self._fetch(ident))

    def silence(self, ident: int) -> None:
        """From here on it says nothing of interest: it is told to end."""
        self.keep(ident)
        self._silent.add(ident)

    def take(self) -> list[str]:
        """The texts of all launches that have written something since the last call."""
        for ident in sorted(self._noticed):
            self.keep(ident)
        told, self._texts = self._texts, []
        return told
