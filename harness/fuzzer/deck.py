"""What the constants of a target suggest, dealt card by card.

A card is one way to try one constant.  At random some constants would be tried five times and
others never; so the cards are shuffled once, by the seed, and dealt in turn, again and again.  Of
three cards two are about what decides something in the source.
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
    """Cards that come again when all were dealt."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self._cards = deque(cards)
        self._dealt = 0

    @property
    def rounds(self) -> float:
        """How often each card has come."""
        return self._dealt / len(self._cards)

    def deal(self, largest: int) -> Card | None:
        """The next card of at most ``largest`` bytes; None when there is none."""
        for place in range(len(self._cards)):
            if self._cards[place].size <= largest:
                card = self._cards[place]
                del self._cards[place]
                self._cards.append(card)
                self._dealt += 1
                return card
        return None


class Deck:
    """All cards of a dictionary, in an order that depends on ``seed``."""

    def __init__(self, dictionary: Dictionary, seed: int) -> None:
        dice = random.Random(f"deck {seed}")
        of_sizes, more_sizes = _shuffled(dictionary, sizes, dice)
        of_texts, more_texts = _shuffled(dictionary, contents, dice)
        framed, *more_framed = (_shuffle(some, dice) for some in frames(dictionary))
        decides = (of_sizes, of_texts, framed)
        others = (more_sizes, more_texts, [card for some in more_framed for card in some])
        self._groups = tuple(
            [Pile(cards) for cards in group if cards] for group in (decides, others)
        )
        self._turn = itertools.cycle((0, 0, 1))
        self._numbers = tuple(
            n for c in dictionary.constants if c.compared and (n := number_of(c)) and n >= LEAST
        )

    def payload(self, largest: int) -> Payload | None:
        """The next payload of at most ``largest`` bytes; None when no card is so small."""
        turn = next(self._turn)
        for group in (self._groups[turn], self._groups[1 - turn]):
            for pile in sorted(group, key=lambda pile: pile.rounds):
                if card := pile.deal(largest):
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
