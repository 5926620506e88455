"""What servers do to messages by something that they keep from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.transforms import Transform


def _no_repetitions(messages: Sequence[bytes]) -> bytes:
    out, before = b"", b""
    for m in messages:
        out += b"" if m == before else m
        before = m
    return out


def _no_message_twice(messages: Sequence[bytes]) -> bytes:
    return b"".join(dict.fromkeys(messages))


def _all_so_far(messages: Sequence[bytes]) -> bytes:
    return b"".join(b"".join(messages[:count]) for count in range(1, len(messages) + 1))


def _position_kept(messages: Sequence[bytes]) -> bytes:
    """A loop sends ``data[sent:]`` until ``sent`` is its length, and ``sent`` stays what it is."""
    out, sent = b"", 0
    for m in messages:
        out += m[sent:]
        sent = max(sent, len(m))
    return out


def _length_kept(messages: Sequence[bytes]) -> bytes:
    """Each is read into the same buffer, of which as much is sent as was ever in use."""
    out, buffer = b"", b""
    for m in messages:
        buffer = m + buffer[len(m) :]
        out += buffer
    return out


KEPT: tuple[Transform, ...] = (
    Transform(
        "repetitions-dropped",
        _no_repetitions,
        "a message that equals the one before is not answered",
    ),
    Transform(
        "repetitions-dropped",
        _no_message_twice,
        "a message that came before on the same connection is not answered",
    ),
    Transform(
        "never-emptied",
        _all_so_far,
        "each answer repeats all that came before",
    ),
    Transform(
        "every-other-read-lost",
        lambda ms: b"".join(ms[1::2]),
        "of each two messages only the second comes back",
    ),
    Transform(
        "first-read-lost",
        lambda ms: b"".join(ms[1:]),
        "the first message of each connection does not come back",
    ),
    Transform(
        "position-not-reset",
        _position_kept,
        "how many bytes were sent is not set back to 0, and each message loses as many at its "
        "beginning as the longest before it had",
    ),
    Transform(
        "stale-buffer",
        _length_kept,
        "behind a message that is shorter than one before it comes the rest of that one",
    ),
)
"""Each with the bug that the server would have."""
