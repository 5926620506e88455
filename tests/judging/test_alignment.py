"""Differences between what was sent and what came back, named from literal streams."""

from __future__ import annotations

import pytest

from harness.judging.alignment import REACH, Difference, compare
from harness.values.plan import Random, materialise
from harness.values.verdict import Kind

SENT = materialise(Random(1, 4096))
OTHER = materialise(Random(2, 4096))


def difference(got: bytes, sent: bytes = SENT, **others: bytes) -> Difference | None:
    """As the driver hands it over: the common prefix counted, the rest as it came."""
    echoed = next((i for i, (a, b) in enumerate(zip(sent, got, strict=False)) if a != b), None)
    if echoed is None:
        echoed = min(len(sent), len(got))
    return compare(sent, echoed, got[echoed:], {int(k[1:]): v for k, v in others.items()})


def flipped(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + bytes(b ^ 0xFF for b in data[start:end]) + data[end:]


def test_missing_bytes_alone_are_no_difference() -> None:
    """Whether more should have come is not for the comparison to say."""
    assert difference(SENT) is None
    assert difference(SENT[:100]) is None
    assert difference(b"") is None


@pytest.mark.parametrize(("start", "end"), [(0, 1), (100, 101), (100, 130), (4095, 4096)])
def test_changed(start: int, end: int) -> None:
    """Other values in the same number of bytes; the stream goes on at the same place."""
    found = difference(flipped(SENT, start, end))
    assert found == Difference(Kind.CHANGED, start, end - start)


def test_changed_all_over() -> None:
    """A short message of which no byte is right, such as one in the other case."""
    assert difference(b"HELLO", b"hello") == Difference(Kind.CHANGED, 0, 5)
    assert difference(b"HELLO, World", b"hello, world") == Difference(Kind.CHANGED, 0, 8)


def test_more_than_was_sent() -> None:
    """A greeting that comes before the echo does is extra, though no byte of the echo is there."""
    assert difference(b"Welcome!\n", b"x") == Difference(Kind.EXTRA, 0, 8)
    assert difference(b"hell?\r\n", b"hello") == Difference(Kind.EXTRA, 4, 2)


@pytest.mark.parametrize("size", [1, 7, 8, 512, 2000])
@pytest.mark.parametrize("at", [0, 1024])
def test_lost(at: int, size: int) -> None:
    """The stream goes on with bytes from further on."""
    found = difference(SENT[:at] + SENT[at + size :])
    assert found == Difference(Kind.LOST, at, size)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lost_just_before_the_end(size: int) -> None:
    """Fewer bytes than tell their place are enough when they are the very last ones."""
    found = difference(SENT[: 4090 - size] + SENT[4090:])
    assert found == Difference(Kind.LOST, 4090 - size, size)


@pytest.mark.parametrize(("start", "size"), [(0, 1024), (1024, 1024), (500, 16), (3096, 1000)])
def test_duplicated(start: int, size: int) -> None:
    """Bytes that were sent before come once more, then the stream goes on."""
    end = start + size
    found = difference(SENT[:end] + SENT[start:end] + SENT[end:])
    assert found == Difference(Kind.DUPLICATED, end, size, source=start)


def test_a_few_bytes_came_twice_only_if_they_repeat_the_last_ones() -> None:
    """Any single byte was sent before somewhere; that alone does not make it a repetition."""
    again = difference(SENT[:103] + SENT[100:103] + SENT[103:])
    assert again == Difference(Kind.DUPLICATED, 103, 3, source=100)
    elsewhere = difference(SENT[:1000] + SENT[200:203] + SENT[1000:])
    assert elsewhere == Difference(Kind.EXTRA, 1000, 3)


def test_duplicated_and_then_nothing() -> None:
    """The last message came twice and the rest not at all."""
    found = difference(SENT[:2048] + SENT[1024:2048])
    assert found == Difference(Kind.DUPLICATED, 2048, 1024, source=1024)


def test_reordered() -> None:
    """Two pieces changed places: the second came too early, and the first came after it."""
    got = SENT[:1024] + SENT[2048:3072] + SENT[1024:2048] + SENT[3072:]
    assert difference(got) == Difference(Kind.REORDERED, 1024, 1024, source=2048)


@pytest.mark.parametrize("text", [b"!", b"Echo: ", b"\r\n" * 30])
@pytest.mark.parametrize("at", [0, 1000])
def test_extra_in_between(at: int, text: bytes) -> None:
    """Bytes that nobody sent, then the stream goes on."""
    found = difference(SENT[:at] + text + SENT[at:])
    assert found is not None
    assert (found.kind, found.length) == (Kind.EXTRA, len(text))
    assert found.offset == at


def test_extra_at_the_end() -> None:
    """A farewell after everything."""
    assert difference(SENT + b"bye\n") == Difference(Kind.EXTRA, 4096, 4)


def test_extra_before_anything_was_sent() -> None:
    """A banner for a client that says nothing."""
    assert difference(b"220 ready\r\n", b"") == Difference(Kind.EXTRA, 0, 11)


def test_a_greeting_instead_of_the_echo() -> None:
    """Longer than what was sent and nothing like it: never called lost or duplicated."""
    found = difference(b"HTTP/1.1 400 Bad Request", b"hello")
    assert found is not None
    assert found.kind in (Kind.CHANGED, Kind.EXTRA)
    assert found.offset == 0


def test_foreign_then_our_own() -> None:
    """The owner is named, and only the bytes up to where our own stream goes on are counted."""
    got = SENT[:1000] + OTHER[50:250] + SENT[1000:]
    found = difference(got, s3=OTHER)
    assert found == Difference(Kind.FOREIGN, 1000, 200, owner=3)


def test_foreign_to_the_end() -> None:
    """Our own stream does not go on."""
    assert difference(SENT[:8] + OTHER[:90], s1=OTHER) == Difference(Kind.FOREIGN, 8, 90, owner=1)


def test_bytes_that_are_ours_too_are_not_foreign() -> None:
    """What every client sends accuses no crosstalk."""
    got = SENT[:1024] + SENT[:512] + SENT[1024:]
    found = difference(got, s1=SENT)
    assert found is not None
    assert found.kind is Kind.DUPLICATED


def test_too_few_bytes_tell_no_owner() -> None:
    """Seven bytes may be anybody's."""
    found = difference(SENT[:8] + OTHER[:7], s1=OTHER)
    assert found is not None
    assert found.kind is not Kind.FOREIGN


def test_a_loss_of_much_is_a_loss() -> None:
    """However much a server drops of which it has no room for; but a few bytes tell no place."""
    sent = materialise(Random(5, 3 * REACH))
    lost = 2 * REACH + 50_000
    assert difference(sent[:10] + sent[10 + lost :], sent) == Difference(Kind.LOST, 10, lost)
    short = difference(sent[:10] + sent[-15:], sent)
    assert short == Difference(Kind.CHANGED, 10, 15)


def test_repetitive_data_gets_a_name_in_short_time() -> None:
    """Megabytes of one and the same byte, as a user's own payload may be."""
    found = difference(b"a" * 1000 + b"b" + b"a" * 200_000, b"a" * 300_000)
    assert found is not None
    assert found.offset == 1000
    assert found.kind in (Kind.CHANGED, Kind.EXTRA)
    two = b"ab" * (8 * REACH)
    found = difference(two[:1000] + b"b" * REACH, two)
    assert found is not None
    assert found.offset == 1000
