"""What servers do to what they read, as functions: a bug in the text whose answer can be foretold.

Each says what comes back for the messages of a connection.  Where that is exactly what came back,
on each of the connections on which something was wrong, the bug is found and not guessed.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

Answers = Callable[[Sequence[bytes]], bytes]
"""From the messages of a connection to all that comes back."""


class Transform(Struct, frozen=True):
    """One thing that is done to messages."""

    cause: str
    answers: Answers
    bug: str
    """In this case's own words: a clause."""
    by_byte: bool = False
    """It does not matter where a read ends."""


def each(change: Callable[[bytes], bytes]) -> Answers:
    """What comes back when each message is changed for itself."""
    return lambda messages: b"".join(change(m) for m in messages)


def stream(errors: str, *, to_end: bool = False) -> Answers:
    """Decoded with what is left of the read before, ``to_end`` when the client ends."""

    def answers(messages: Sequence[bytes]) -> bytes:
        decoder = codecs.getincrementaldecoder("utf-8")(errors)
        texts = [decoder.decode(m) for m in messages]
        rest = decoder.decode(b"", final=True) if to_end else ""
        return ("".join(texts) + rest).encode("utf-8", "replace")

    return answers


def recoded(decoding: str, errors: str, encoding: str = "utf-8", lost: str = "replace") -> Answers:
    """Each message decoded and encoded again."""
    return each(lambda m: m.decode(decoding, errors).encode(encoding, lost))


def text(change: Callable[[str], str]) -> Answers:
    """Each message as text of which no byte is lost."""
    return each(lambda m: change(m.decode("latin-1")).encode("latin-1"))


def without_first(line_end: bytes) -> Callable[[bytes], bytes]:
    """What cuts a message at the first ``line_end``."""
    return lambda m: m.split(line_end)[0]


def across_reads(change: Callable[[bytes], bytes]) -> Answers:
    """The stream is changed as one, wherever reads end."""
    return lambda messages: change(b"".join(messages))


def pieces(messages: Iterable[bytes], size: int) -> list[bytes]:
    """The messages as a server reads them whose buffer holds ``size`` bytes."""
    return [m[at : at + size] for m in messages for at in range(0, len(m), size)]
