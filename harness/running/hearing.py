"""What the targets of a lane report, tied to the check that runs meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harness.errors import MachineProblem
from harness.launcher.fleet import Fleet
from harness.running.casebook import Casebook


class Ear:
    """Listens to what ``fleet`` launches and tells ``casebook``."""

    def __init__(self, fleet: Fleet, casebook: Casebook) -> None:
        self._fleet = fleet
        self._casebook = casebook
        self._last = ""
        """The check that ran last: a report may come a moment after it has ended."""

    @contextlib.contextmanager
    def during(self, check_id: str) -> Iterator[None]:
        """What is reported in this block is reported while ``check_id`` runs."""
        self._hear()
        self._last = check_id
        try:
            yield
        finally:
            self._hear()

    def _hear(self) -> None:
        if self._fleet.keeper is None:
            return
        with contextlib.suppress(MachineProblem):
            self._casebook.hear(self._last, self._fleet.keeper.reports())
