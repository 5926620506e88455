"""What silence of the target means: when it counts, when to ask for the rest, when to give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.driver.client import Client
from harness.driver.reading import resends_in
from harness.values.plan import AwaitEcho, AwaitEnd, Meet, StopReading, Wait

if TYPE_CHECKING:
    from harness.driver.loop import Loop

ONCE_STUCK = 1.0
"""Seconds of patience, at least, for the rest of a plan in which it has ended once."""
STUCK_AGAIN = 0.1
"""The same when it has ended more than once, and bytes were missing each time; for ends, when only
they were missing each time."""


class Silence:
    """The patience of one plan.  It counts from ``loop.moved``, the time of the last progress.

    ``patience``, ``ask_after`` and ``end_patience`` are seconds, as `harness.driver.perform` has
    them.
    """

    def __init__(
        self,
        loop: Loop,
        patience: float,
        *,
        ask_after: float | None,
        end_patience: float | None,
    ) -> None:
        self.loop = loop
        self.patience = patience
        self.ask_after = ask_after
        self.end_patience = end_patience
        self._ended_owing = 0
        """How often patience has ended while bytes were missing."""
        self._ended_open = 0
        """The same while nothing but the end of connections was."""
        self._asked_in = 0.0
        """``loop.moved`` of the silence in which the rest was asked for already."""

    def ends_at(self) -> float:
        """When something is to be done about a silence that goes on."""
        until = self._patience_now()
        if self.ask_after is not None and self._asked_in != self.loop.moved:
            until = min(until, self.ask_after)
        return self.loop.moved + max(until, self._resends_in())

    def look(self) -> None:
        """Do what is due: nothing, ask for the rest, or give up."""
        loop = self.loop
        if self.is_on_purpose():
            return
        silent = loop.now - loop.moved
        if silent < self._resends_in():
            return
        if silent >= self._patience_now():
            self._give_up()
        elif self._ask_is_due(silent):
            self._ask_for_the_rest()

    def is_on_purpose(self) -> bool:
        """Whether somebody waits on purpose, so that silence means nothing."""
        now = self.loop.now
        for client in self.loop.under_way():
            if client.pc < len(client.steps) and isinstance(client.steps[client.pc], Wait):
                return True
            if client.read_not_before > now:
                return True
            if client.writings and client.writings[0].holds_back_until > now:
                return True
        return self.loop.paced

    def _resends_in(self) -> float:
        """Seconds of a silence that may be the systems' between us and the target."""
        if StopReading not in self.loop.kinds:
            return 0.0
        return max((resends_in(client) for client in self.loop.under_way()), default=0.0)

    def _patience_now(self) -> float:
        if self.end_patience is None or self.end_patience >= self.patience:
            return self.patience
        only_ends = all(
            isinstance(client.steps[client.pc], AwaitEnd) and client.all_echoed
            for client in self.loop.under_way()
        )
        return self.end_patience if only_ends else self.patience

    # --- patience has ended ---------------------------------------------------------------------

    def _give_up(self) -> None:
        """Nothing has moved for too long: every script that waits for the target gives up."""
        loop = self.loop
        waited = loop.now - loop.moved
        loop.note_who_is_stopped()
        under_way = list(loop.under_way())
        waiting = [c for c in under_way if not isinstance(c.steps[c.pc], Meet)]
        if not waiting:  # scripts that wait for each other in a circle: a fault of the plan
            waiting = under_way or [c for c in loop.clients if c.finished is None]
        loop.moved = loop.now
        owing = not all(client.all_echoed for client in waiting)
        for client in waiting:
            client.give_up(waited)
            loop.finish(client)
        if not loop.unable:  # there is something to say of the target now, and less to wait for
            self._expect_less(owing)
        if loop.hurry:
            for client in loop.clients:
                if client.finished is None and client.pc == 0 and client.sock is None:
                    loop.finish(client)

    def _expect_less(self, owing: bool) -> None:
        self.patience = min(self.patience, max(ONCE_STUCK, self.patience / 4))
        if owing:
            if self._ended_owing:
                self.patience = min(self.patience, max(STUCK_AGAIN, self.patience / 2))
            self._ended_owing += 1
        else:
            if self._ended_open:
                now = self.patience if self.end_patience is None else self.end_patience
                self.end_patience = min(now, max(STUCK_AGAIN, now / 2))
            self._ended_open += 1

    # --- asking ---------------------------------------------------------------------------------

    def _ask_is_due(self, silent: float) -> bool:
        return (
            self.ask_after is not None
            and self._asked_in != self.loop.moved
            and silent >= self.ask_after
        )

    def _ask_for_the_rest(self) -> None:
        """A target that owes bytes must send them before it closes: let it know of the end."""
        loop = self.loop
        self._asked_in = loop.moved
        if loop.target_is_paused:
            return
        for client in loop.clients:
            if client.finished is None and client.owed and _insists(client):
                client.ask(loop.now - loop.moved)


def _insists(client: Client) -> bool:
    step = client.steps[client.pc]
    return isinstance(step, AwaitEcho) and not step.briefly
