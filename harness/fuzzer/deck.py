"""What the constants of a target suggest, dealt card by card.

A card is one way to try one constant.  At random some constants would be tried five times and
others never; so the cards are shuffled once, by the seed, and dealt in turn, again and again.  Three
piles take turns: sizes, contents, and frames, which are made of two constants or end in a checksum.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from harness.values.dictionary import Constant, Dictionary
from harness.values.payload import Literal, Payload, Random

SHARE = 10
"""Percentage of payloads that come from the deck."""
LEAST, MOST = 17, 64 * 1024 + 2
"""Sizes that are dealt: smaller ones are drawn all the time, for larger ones see ``counts``."""
MOST_FRAMED = 8
"""Constants of which frames are made: each is tried with each."""
MOST_COMMON = 4
BODY = b"xyz"
"""Between the parts of a frame."""
LINE_ENDS = (b"\n", b"\r\n")


class Card(NamedTuple):
    """A payload: these bytes, or ``size`` that look random."""

    size: int
    value: bytes | None = None

    def payload(self) -> Payload:
        if self.value is not None:
            return Literal(self.value)
        return Random(seed=self.size % 256, size=self.size)


class Pile:
    """Cards that come again when all were dealt.

    ``first``: those of what decides something come twice as often as all of the ``rest``.
    """

    def __init__(self, first: Sequence[Card], rest: Sequence[Card]) -> None:
        self._parts = deque(first), deque(card for card in rest if card not in first)
        self._turn = itertools.cycle((0, 0, 1))

    def deal(self, largest: int) -> Card | None:
        """The next card of at most ``largest`` bytes; None when there is none."""
        part = next(self._turn)
        return _dealt(self._parts[part], largest) or _dealt(self._parts[1 - part], largest)


def _dealt(cards: deque[Card], largest: int) -> Card | None:
    for place in range(len(cards)):
        if cards[place].size <= largest:
            card = cards[place]
            del cards[place]
            cards.append(card)
            return card
    return None


class Deck:
    """All cards of a dictionary, in an order that depends on ``seed``."""

    def __init__(self, dictionary: Dictionary, seed: int) -> None:
        dice = random.Random(f"deck {seed}")
        framed = [_shuffle(some, dice) for some in frames(dictionary)]
        self._piles = (
            *(Pile(*_shuffled(dictionary, make, dice)) for make in (sizes, contents)),
            Pile(framed[0], [card for some in framed[1:] for card in some]),
        )
        self._turn = itertools.cycle(self._piles)
        self._numbers = tuple(
            n for c in dictionary.constants if c.compared and (n := number_of(c)) and n >= LEAST
        )

    def payload(self, largest: int) -> Payload | None:
        """The next payload of at most ``largest`` bytes; None when no card is so small."""
        for _ in self._piles:
            if card := next(self._turn).deal(largest):
                return card.payload()
        return None

    def cuts(self, least: int, most: int) -> tuple[int, ...]:
        """Numbers at which a payload may be cut, both bounds included."""
        return tuple(n for n in self._numbers if least <= n <= most)


def _shuffled(
    dictionary: Dictionary, make: Callable[[Constant], Iterator[Card]], dice: random.Random
) -> Iterator[list[Card]]:
    """The cards of what decides something, then all others; of each the most direct come first."""
    for compared in (True, False):
        of_each = [list(make(c)) for c in dictionary.constants if c.compared is compared]
        cards: list[Card] = []
        for rank in itertools.zip_longest(*of_each):
            cards += _shuffle([card for card in rank if card is not None], dice)
        yield list(dict.fromkeys(cards))


def _shuffle(cards: list[Card], dice: random.Random) -> list[Card]:
    """Not by ``random.shuffle``, which another version of Python may do in another way."""
    return [card for _, _, card in sorted((dice.random(), i, card) for i, card in enumerate(cards))]


# --- what a constant suggests -------------------------------------------------------------------


def number_of(constant: Constant) -> int | None:
    """The constant as a number; None for a text."""
    return constant.value if isinstance(constant.value, int) else None


def bytes_of(constant: Constant) -> bytes:
    """The constant as it may stand in a stream: a number below 256 is a byte."""
    if isinstance(constant.value, bytes):
        return constant.value
    width = 1 if constant.value < 1 << 8 else 2 if constant.value < 1 << 16 else 4
    return constant.value.to_bytes(width, "big")


def sizes(constant: Constant) -> Iterator[Card]:
    """As many bytes, one more, one less."""
    number = number_of(constant)
    if number is not None:
        yield from (Card(n) for n in (number, number + 1, number - 1) if LEAST <= n <= MOST)


def contents(constant: Constant) -> Iterator[Card]:
    """The text in the middle of others, alone, at the beginning, at the end, as a line."""
    text = bytes_of(constant)
    if isinstance(constant.value, int):
        if constant.value < LEAST or constant.value > 1 << 24:
            return  # the search has these bytes anyhow
        yield from map(_card, (text + b"yyy", b"xxx" + text, text, text[::-1] + b"yyy"))
        return
    yield from map(_card, (b"xxx" + text + b"yyy", text, text + b"yyy", b"xxx" + text))
    yield from (_card(text + end) for end in LINE_ENDS if not text.endswith(end))


def frames(dictionary: Dictionary) -> Iterator[list[Card]]:
    """One constant at the beginning and another at the end, or a checksum of what stands before,
    or a whole whose checksum is the constant.  Numbers that stand in every program come last."""
    decides = [c for c in dictionary.constants if c.compared]
    rare = list(dict.fromkeys(bytes_of(c) for c in decides if not is_common(c)))[:MOST_FRAMED]
    common = list(dict.fromkeys(bytes_of(c) for c in decides if is_common(c)))[:MOST_COMMON]
    yield [_card(head + BODY + tail) for head, tail in itertools.product(rare, rare)] + [
        _card(value) for part in rare for value in (*_checked(part), *_summed(part))
    ]
    yield [
        _card(head + BODY + tail)
        for head, tail in itertools.product([*rare, *common], repeat=2)
        if head in common or tail in common
    ]
    yield [_card(value) for part in common for value in (*_checked(part), *_summed(part))]


def is_common(constant: Constant) -> bool:
    """Whether it is a number that stands in every program."""
    number = number_of(constant)
    return number is not None and (number < LEAST or number & (number - 1) == 0)


def _checked(head: bytes) -> Iterator[bytes]:
    """Frames whose last byte is a checksum, of all before it or of all but the head."""
    for part in (head + BODY, BODY):
        for check in (sum(part), -sum(part), _xor(part)):
            yield head + BODY + bytes([check & 255])


def _summed(check: bytes) -> Iterator[bytes]:
    """Bytes whose sum, or whose exclusive or, is the byte ``check``."""
    if len(check) == 1:
        yield BODY + bytes([(check[0] - sum(BODY)) & 255])
        yield BODY + bytes([check[0] ^ _xor(BODY)])


def _xor(part: bytes) -> int:
    made = 0
    for byte in part:
        made ^= byte
    return made


def _card(value: bytes) -> Card:
    return Card(len(value), value)
