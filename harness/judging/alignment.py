"""Naming a difference between what was sent and what came back.

Payloads look random, so eight bytes nearly always tell their place in a stream: from where the
reply goes on after the first difference follows what happened to the bytes in between.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from harness.values.verdict import Kind

ANCHOR = 8
"""Bytes that must agree before two places count as the same."""
REACH = 256 * 1024
"""Bytes looked through for the place where the streams agree again."""


class Difference(Struct, frozen=True):
    """What happened to the bytes at ``offset``."""

    kind: Kind
    offset: int
    length: int
    """How many bytes are lost, changed, extra, ...; for a move, how far."""
    source: int | None = None
    """Where in the sent stream the received bytes come from, if that is known."""
    owner: int | None = None
    """The script whose bytes they are, for ``foreign`` ones."""


def compare(
    sent: bytes,
    echoed: int,
    surplus: bytes,
    others: Mapping[int, bytes] | None = None,
) -> Difference | None:
    """Name the first difference; None if ``surplus`` is empty (nothing but missing bytes).

    ``echoed``: length of the common prefix; ``surplus``: what was received after it; ``others``:
    what the other scripts sent, by their index.
    """
    if not surplus:
        return None
    rest = sent[echoed : echoed + REACH]
    if owner := _owner_of(surplus, sent, others or {}):
        return Difference(
            Kind.FOREIGN, echoed, _foreign_length(surplus, rest, owner[1]), None, owner[0]
        )
    found = [
        d for d in (_changed(rest, surplus), _lost(rest, surplus), _inserted(rest, surplus)) if d
    ]
    if not found and (far := _lost_far(sent, echoed + REACH, surplus)):
        found = [(Kind.LOST, far - echoed)]
    if found:
        kind, length = min(found, key=lambda d: (d[1], d[0] is not Kind.CHANGED))
        if kind is Kind.LOST and rest[:ANCHOR] in surplus and len(rest) >= ANCHOR:
            return Difference(Kind.REORDERED, echoed, length, echoed + length)
        if kind is Kind.EXTRA:
            source = _earlier(sent, echoed, surplus[:length])
            # A few bytes can be found somewhere by chance, so they must repeat the very last ones.
            if source is not None and (length >= ANCHOR or source + length == echoed):
                return Difference(Kind.DUPLICATED, echoed, length, source)
            ahead = _ahead(sent, echoed, surplus[:length])
            if ahead is not None:
                return Difference(Kind.REORDERED, echoed, ahead - echoed, ahead)
        source = _elsewhere(sent, surplus[:length]) if kind is Kind.CHANGED else None
        return Difference(kind, echoed, length, source)
    source = _earlier(sent, echoed, surplus[:ANCHOR])
    if source is not None and len(surplus) >= ANCHOR:
        return Difference(Kind.DUPLICATED, echoed, len(surplus), source)
    # More came than was sent: whatever else it is, something in it is extra.
    if len(surplus) > len(rest) and len(rest) < REACH:
        return Difference(Kind.EXTRA, echoed, len(surplus) - len(rest), source)
    return Difference(Kind.CHANGED, echoed, min(len(surplus), len(rest)))


def _changed(rest: bytes, got: bytes) -> tuple[Kind, int] | None:
    """Same length, other values: the smallest d where both agree again at the same place."""
    limit = min(len(rest), len(got))
    last = 0
    for i in range(min(limit, 4096)):
        if rest[i] != got[i]:
            last = i + 1
        elif i - last + 1 >= ANCHOR:
            return Kind.CHANGED, last
    if limit and len(rest) == len(got) and limit <= 4096:
        return Kind.CHANGED, last
    return None


def _lost(rest: bytes, got: bytes) -> tuple[Kind, int] | None:
    """The reply goes on with bytes from further on."""
    anchor = got[:ANCHOR]
    at = rest.find(anchor, 1)
    if at < 0:
        return None
    # A short reply must fit up to its end, or anything would match.
    whole = len(anchor) == ANCHOR or rest[at:].startswith(got)
    return (Kind.LOST, at) if whole else None


def _lost_far(sent: bytes, start: int, got: bytes) -> int | None:
    """Where the reply goes on, if that is after ``start``: a server that drops what it has no room
    for may lose megabytes."""
    anchor = got[: 2 * ANCHOR]
    at = sent.find(anchor, start) if len(anchor) == 2 * ANCHOR else -1
    return at if at >= 0 else None


def _inserted(rest: bytes, got: bytes) -> tuple[Kind, int] | None:
    """The reply has something in between, then goes on as it should."""
    if not rest:
        return None
    anchor = rest[:ANCHOR]
    at = got.find(anchor, 1)
    return (Kind.EXTRA, at) if at > 0 else None


def _earlier(sent: bytes, end: int, piece: bytes) -> int | None:
    """Where ``piece`` was sent before, nearest first; None if it was not."""
    if not piece:
        return None
    at = sent.rfind(piece[:1024], max(0, end - REACH), end)
    return at if at >= 0 else None


def _ahead(sent: bytes, start: int, piece: bytes) -> int | None:
    """Where ``piece`` stands further on in what was sent, if it is long enough to tell."""
    at = sent.find(piece[:1024], start + 1) if len(piece) >= ANCHOR else -1
    return at if at >= 0 else None


def _elsewhere(sent: bytes, piece: bytes) -> int | None:
    """Where ``piece`` was sent, if it is long enough to tell."""
    at = sent.find(piece[:ANCHOR]) if len(piece) >= ANCHOR else -1
    return at if at >= 0 else None


def _owner_of(got: bytes, own: bytes, others: Mapping[int, bytes]) -> tuple[int, bytes] | None:
    """The script whose stream the received bytes come from, if it is not our own."""
    anchor = got[:ANCHOR]
    if len(anchor) < ANCHOR or anchor in own:
        return None
    return next(((i, sent) for i, sent in others.items() if anchor in sent), None)


def _foreign_length(got: bytes, rest: bytes, theirs: bytes) -> int:
    """How many bytes of ``got`` are ``theirs`` before our own stream goes on."""
    start = theirs.find(got[:ANCHOR])
    limit = min(len(got), len(theirs) - start)
    own = got.find(rest[:ANCHOR]) if len(rest) >= ANCHOR else -1
    return min(limit, own) if own > 0 else limit
