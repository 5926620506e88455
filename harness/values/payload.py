"""Payloads: bytes that a plan sends, as a description of a few words."""

from __future__ import annotations

import functools
import hashlib
import threading
from typing import Annotated

from msgspec import Meta, Struct

LARGEST_PAYLOAD = 256 * 1024 * 1024
"""Bytes; a case file that asks for more is refused before anything is allocated."""

Size = Annotated[int, Meta(ge=0, le=LARGEST_PAYLOAD)]


class Literal(Struct, frozen=True, tag="literal", forbid_unknown_fields=True):
    """Exactly these bytes."""

    value: bytes


class Random(Struct, frozen=True, tag="random", forbid_unknown_fields=True):
    """``size`` bytes that look random and depend on ``seed`` only.

    They are the first ``size`` bytes of SHAKE-128 over the seed, so a shorter payload with the
    same seed is a prefix of a longer one, in any language and any version.
    """

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    size: Size


class Plain(Struct, frozen=True, tag="plain", forbid_unknown_fields=True):
    """``size`` digits and capital letters that look random and depend on ``seed`` only.

    A server that mistreats certain byte values shows it with ``Random``; here none of them occur,
    so that whatever goes wrong has to do with sizes, cuts and times.  Five bits a byte still make
    eight bytes tell their place.  A shorter payload is a prefix of a longer one.
    """

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    size: Size


class Repeat(Struct, frozen=True, tag="repeat", forbid_unknown_fields=True):
    """``unit`` again and again, ``size`` bytes in all (the last unit may be cut)."""

    unit: Annotated[bytes, Meta(min_length=1)]
    size: Size


Payload = Literal | Random | Plain | Repeat


def size_of(payload: Payload) -> int:
    """The length of ``payload`` in bytes."""
    return len(payload.value) if isinstance(payload, Literal) else payload.size


def materialise(payload: Payload) -> bytes:
    """The bytes that ``payload`` stands for."""
    if isinstance(payload, Literal):
        return payload.value
    if isinstance(payload, (Random, Plain)):  # a tuple: a union would be made each time
        if payload.size <= _SMALL:
            return _beginning(type(payload), payload.seed)[: payload.size]
        return _large(payload) if payload.size >= _LARGE else _seeded(payload)
    whole, rest = divmod(payload.size, len(payload.unit))
    data = payload.unit * whole
    return data + payload.unit[:rest] if rest else data


_SMALL = 4096
_LARGE = 128 * 1024
_HUGE = 4 * 1024 * 1024
_GRAIN = 2 * 1024 * 1024
_PLAIN = bytes(b"0123456789ABCDEFGHIJKLMNOPQRSTUV"[value % 32] for value in range(256))


def _seeded(payload: Random | Plain) -> bytes:
    data = hashlib.shake_128(payload.seed.to_bytes(8, "big")).digest(payload.size)
    return data.translate(_PLAIN) if isinstance(payload, Plain) else data


@functools.lru_cache(maxsize=512)
def _beginning(kind: type[Random] | type[Plain], seed: int) -> bytes:
    """Short payloads are cut from what was made before for the same seed."""
    return _seeded(kind(seed=seed, size=_SMALL))


_made: dict[tuple[type, int], bytes] = {}
_making = threading.Lock()


def _large(payload: Random | Plain) -> bytes:
    """Floods of one run are often of the same seed, and take 5 ms a MiB to make: once is enough."""
    key = (type(payload), payload.seed)
    with _making:
        stream = _made.get(key, b"")
        if len(stream) < payload.size:
            size = payload.size
            if size > _HUGE:
                size = min(-(-size // _GRAIN) * _GRAIN, LARGEST_PAYLOAD)  # a larger one may follow
            stream = _seeded(type(payload)(seed=payload.seed, size=size))
            if len(_made) >= 3:
                _made.clear()
            _made[key] = stream
    return stream[: payload.size]
