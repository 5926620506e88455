"""Chains: streams that are too long to be copied."""

from __future__ import annotations

import pytest

from harness.driver import chain
from harness.driver.chain import Chain, piece_of, stream_of
from harness.values.payload import materialise
from harness.values.plan import Close, Connect, Literal, Plain, Script, Send

PARTS = [b"abc", b"", b"defgh", b"i"]
WHOLE = b"abcdefghi"


@pytest.mark.parametrize("start", range(len(WHOLE)))
@pytest.mark.parametrize("end", range(len(WHOLE) + 2))
def test_a_chain_is_read_like_its_bytes(start: int, end: int) -> None:
    """Any piece of a chain is that of the bytes that it stands for."""
    assert bytes(Chain(PARTS).piece(start, end)) == WHOLE[start:end]


@pytest.mark.parametrize("start", range(len(WHOLE)))
@pytest.mark.parametrize("data", [b"", b"c", b"cd", b"cdefghi", b"hi", b"hij", b"x", b"abcx"])
def test_a_chain_is_compared_like_its_bytes(start: int, data: bytes) -> None:
    """Bytes stand in a chain where they stand in what it is for, across its parts too."""
    assert Chain(PARTS).startswith(data, start) is WHOLE.startswith(data, start)
    assert Chain(PARTS).startswith(memoryview(data), start) is WHOLE.startswith(data, start)


def test_a_message_that_comes_again_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long stream of one message again and again takes the memory of one, and a piece of it
    takes none."""
    monkeypatch.setattr(chain, "LONG", 100_000)
    materialise(Plain(seed=1, size=256 * 1024))  # a longer one of that seed is known
    same = Send(Plain(seed=1, size=128 * 1024))
    stream = stream_of(Script((Connect(), same, same, same, Send(Literal(b"end")), Close())))
    assert isinstance(stream, Chain)
    assert len(stream) == 3 * 128 * 1024 + 3
    pieces = [piece_of(stream, n * 128 * 1024, (n + 1) * 128 * 1024) for n in range(3)]
    assert pieces[0].obj is pieces[1].obj is pieces[2].obj
    assert bytes(piece_of(stream, 3 * 128 * 1024, len(stream))) == b"end"


def test_a_short_stream_is_bytes() -> None:
    """What is not long stays one piece, which is compared fastest."""
    assert stream_of(Script((Connect(), Send(Literal(b"a")), Send(Literal(b"b"))))) == b"ab"
