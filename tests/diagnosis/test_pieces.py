"""What came, as pieces of what was sent."""

from __future__ import annotations

import random

import pytest

from harness.diagnosis.facts_pieces import pieces

SENT = bytes(
    random.Random(7).choices(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", k=600)
)


@pytest.mark.parametrize(
    "expected",
    [
        ((0, 600),),
        ((0, 200), (400, 200), (200, 200)),
        ((300, 300), (0, 300)),
        ((0, 100), (200, 400)),
        ((500, 100),),
        ((0, 300), (200, 400)),
        (),
    ],
)
def test_pieces_are_found(expected: tuple[tuple[int, int], ...]) -> None:
    """In another order, with gaps, or twice."""
    received = b"".join(SENT[at : at + size] for at, size in expected)
    assert pieces(SENT, received) == expected


@pytest.mark.parametrize("received", [b"123", SENT[:50] + b"0", SENT[:30] + b"0" * 20 + SENT[30:]])
def test_what_was_never_sent_is_no_piece(received: bytes) -> None:
    """Then it cannot be said where anything belongs."""
    assert pieces(SENT, received) is None
