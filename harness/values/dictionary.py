"""The constants of a target: numbers, strings and bytes that stand in its source or its program."""

from __future__ import annotations

from msgspec import Struct

LONGEST = 64
"""Bytes of a text.  What a server looks for in a stream is a word or a mark, no paragraph."""
LARGEST = 2**32 - 1
"""A larger number can be no size, and is rarely a mark."""
AUTO, NONE = "auto", "none"
"""Where a dictionary comes from, unless it is a file: from the target, or there is none."""


class Constant(Struct, frozen=True):
    """A number from 0 to ``LARGEST``, or 1 to ``LONGEST`` bytes."""

    value: int | bytes
    where: str = ""
    """``server.py, line 12``"""
    compared: bool = False
    """Something is compared with it, or divided or cut by it, so that it decides something."""

    @property
    def told(self) -> str:
        """``4,242 stands in server.py, line 12``."""
        shown = repr(self.value)[1:] if isinstance(self.value, bytes) else f"{self.value:,}"
        return f"{shown} stands in {self.where}"


class Dictionary(Struct, frozen=True):
    """Constants, each value once; those that decide something stand first."""

    constants: tuple[Constant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.constants)


EMPTY = Dictionary()
MOST = 1000
"""Constants of one dictionary.  A search of thousands of sessions tries no more of them."""


def dictionary(constants: list[Constant]) -> Dictionary:
    """``constants`` as a dictionary.  Of several places of one value the first counts, unless
    something is compared with it at a later one."""
    kept: dict[int | bytes, Constant] = {}
    for constant in constants:
        before = kept.get(constant.value)
        if before is None or (constant.compared and not before.compared):
            kept[constant.value] = constant
    return Dictionary(tuple(sorted(kept.values(), key=lambda one: not one.compared)[:MOST]))


def is_constant(value: object) -> bool:
    """Whether ``value`` may stand in a dictionary.

    >>> is_constant(4242), is_constant(True), is_constant(b"")
    (True, False, False)
    """
    if isinstance(value, bytes):
        return 0 < len(value) <= LONGEST
    return type(value) is int and 0 <= value <= LARGEST
