"""Whether the first bytes of what a client sends are taken for a number: the length of a message.

The experiment ``answers`` sends a word and then many equal bytes, on one connection from the begin
and on another without the word.  Who takes the first bytes for a length waits for as many bytes as
they say, on each of the two for another number.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments.answers import in_stages, only_filler
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import fact

WIDTHS = (1, 2, 4, 8)
"""Bytes of a number, in most formats."""


class Length(Struct, frozen=True):
    """How the first bytes are taken for a length."""

    width: int
    """Bytes of the number."""
    big: bool
    """The most significant byte comes first."""
    own: bool
    """The number counts its own bytes, too."""
    sent_back: bool
    """The answer begins with the number."""

    def frames(self, data: bytes) -> Iterator[int]:
        """The sizes of the answers to the whole messages that ``data`` begins with."""
        at = 0
        while at + self.width <= len(data):
            size = self.value(data[at : at + self.width]) + (0 if self.own else self.width)
            if size <= self.width or at + size > len(data):
                return
            at += size
            yield size if self.sent_back else size - self.width

    def value(self, data: bytes) -> int:
        return int.from_bytes(data[: self.width], "big" if self.big else "little")


def length_meant(case: Case) -> Length | None:
    """How the first bytes of a connection are taken for the length of a message; None if how much
    is answered, and after how much, has another reason."""
    if fact(case, "answers", "when") != Answers.AFTER_MORE:
        return None
    first, sent, unit, at = (
        number(fact(case, "answers", name)) for name in ("first", "sent", "unit", "at")
    )
    found = (
        Length(width, big, own, back)
        for back in (True, False)
        for own in (False, True)
        for big in (True, False)
        for width in WIDTHS
    )
    # Answers to several messages may come together.
    return next(
        (
            one
            for one in found
            if first in accumulate(one.frames(in_stages(sent)))
            and unit in accumulate(one.frames(only_filler(at)))
        ),
        None,
    )
