"""What a datagram is that came back and is equal to none that was sent: a part of one, several in
one, one with more behind it, somebody else's.

Payloads look random, so even a few bytes tell where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct

from harness.driver.incoming import common_prefix
from harness.values.verdict import Kind

TELLING = 4
"""Bytes from which on it is no accident that two datagrams are alike."""


class Odd(Struct, frozen=True):
    """What it is.  ``of``: the datagram that it stands for, by its number among the client's;
    ``owner``: the client that it belongs to, if it is another's."""

    kind: Kind
    of: int | None = None
    offset: int = 0
    """Where the two differ first."""
    owner: int | None = None
    """The script that sent it."""
    until: int | None = None
    """Merged: the number of the last of those that are in it."""


def look_at(
    data: bytes,
    mine: Sequence[bytes],
    missing: Sequence[int],
    others: Sequence[tuple[int, bytes]],
) -> Odd:
    """What ``data`` is.

    ``mine``: what the client has sent, ``missing``: the numbers of those that have no answer,
    ``others``: what other clients have sent.
    """
    if len(data) >= TELLING:
        for owner, sent in others:
            if sent == data:
                return Odd(Kind.FOREIGN, owner=owner)
    likely = chain(
        _beginning(data, mine, missing),
        _merged(data, mine),
        _middle(data, mine, missing),
        _longer(data, mine, missing),
    )
    for found in likely:
        return found
    if nearest := _nearest(data, mine, missing):
        return nearest
    for owner, sent in others:  # of another, and not whole
        if len(data) >= TELLING and (sent.startswith(data) or (data.startswith(sent) and sent)):
            return Odd(Kind.FOREIGN, owner=owner)
    return Odd(Kind.EXTRA)


def _merged(data: bytes, mine: Sequence[bytes]) -> Iterator[Odd]:
    """Several that follow one another, the last perhaps cut."""
    for first, start in enumerate(mine):
        if not start or not data.startswith(start) or len(data) == len(start):
            continue
        at = len(start)
        for number in range(first + 1, len(mine)):
            rest, one = data[at:], mine[number]
            if not one:
                continue
            if rest == one or (len(rest) >= TELLING and one.startswith(rest)):
                yield Odd(Kind.MERGED, of=first, offset=len(start), until=number)
                return
            if not rest.startswith(one):
                break
            at += len(one)


def _beginning(data: bytes, mine: Sequence[bytes], missing: Sequence[int]) -> Iterator[Odd]:
    """The beginning of one.  It may be several others in a row by accident, as where the others are
    single bytes that count up; several that came as one are the beginning of none."""
    for number in missing:
        if len(data) < len(mine[number]) and mine[number].startswith(data):
            yield Odd(Kind.TRUNCATED, of=number, offset=len(data))


def _middle(data: bytes, mine: Sequence[bytes], missing: Sequence[int]) -> Iterator[Odd]:
    """The end of one, or something out of its middle."""
    for number in missing:
        if len(data) >= TELLING and data in mine[number]:
            yield Odd(Kind.LOST, of=number, offset=common_prefix(data, mine[number]))


def _longer(data: bytes, mine: Sequence[bytes], missing: Sequence[int]) -> Iterator[Odd]:
    """One with more behind it, or before it."""
    for number in missing:
        one = mine[number]
        if len(data) > len(one) and data.startswith(one):
            yield Odd(Kind.EXTRA, of=number, offset=len(one))
    for number in missing:
        one = mine[number]
        if len(one) >= TELLING and one in data:
            yield Odd(Kind.EXTRA, of=number, offset=common_prefix(data, one))


def _nearest(data: bytes, mine: Sequence[bytes], missing: Sequence[int]) -> Odd | None:
    """The one that ``data`` was most likely made of, if any has no answer."""
    if not missing:
        return None

    def likeness(number: int) -> tuple[bool, int, int]:
        one = mine[number]
        same = sum(a == b for a, b in zip(one[:4096], data, strict=False))
        return len(one) == len(data), same, -abs(len(one) - len(data))

    number = max(missing, key=likeness)
    return Odd(Kind.CHANGED, of=number, offset=common_prefix(data, mine[number]))
