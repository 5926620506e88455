"""The streams that the clients of a plan write: what has to come back."""

from __future__ import annotations

from functools import cached_property

from harness.values.plan import Plan, sent_by

MOST_ASKED = 64
"""Clients whose wrong bytes are looked for in the streams of the others."""


class Streams:
    """The bytes that each script of a plan means to write.

    They may be many megabytes, so they are made when a finding needs them, and then kept.
    """

    def __init__(self, plan: Plan) -> None:
        self._scripts = plan.scripts
        self._made: dict[int, bytes] = {}
        self._asked = 0

    def of(self, index: int) -> bytes:
        """The stream of one script."""
        if index not in self._made:
            self._made[index] = sent_by(self._scripts[index])
        return self._made[index]

    def others(self, index: int) -> dict[int, bytes]:
        """The streams of all other scripts that connect.

        Of hundreds of clients that got wrong bytes the first tell whose they are: to look for those
        of each in the streams of all would take minutes.
        """
        self._asked += 1
        if self._asked > MOST_ASKED and len(self._scripts) > MOST_ASKED:
            return {}
        return {
            i: self.of(i)
            for i, script in enumerate(self._scripts)
            if i != index and script.connects
        }


class Sent:
    """What one script has written: the first ``size`` bytes of its stream."""

    def __init__(self, streams: Streams, index: int, size: int) -> None:
        self.index = index
        self._streams = streams
        self._size = size

    @cached_property
    def all(self) -> bytes:
        return self._streams.of(self.index)[: self._size]

    def by_others(self) -> dict[int, bytes]:
        """The streams of the other scripts, by their index."""
        return self._streams.others(self.index)
