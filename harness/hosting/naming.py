"""How a handler is named: ``MODULE:NAME``, and ``@KIND`` after it where the kind is not clear."""

from __future__ import annotations

import re
from typing import NamedTuple

KINDS = {
    "streams": "a coroutine (or a function) of (reader, writer), for asyncio.start_server",
    "protocol": "an asyncio.Protocol, or what makes one",
    "datagram-protocol": "an asyncio.DatagramProtocol, or what makes one",
    "socketserver": "a request handler class of socketserver, for streams",
    "socketserver-udp": "a request handler class of socketserver, for datagrams",
    "socket": "a function of a connected socket; each client has a thread",
    "trio": "a coroutine of one trio stream",
    "anyio": "a coroutine of one anyio stream",
}
"""Id to what a handler of that kind is."""
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Name(NamedTuple):
    """Where a handler is."""

    module: str
    attribute: str
    """A name in the module, or a path of names: ``Echo.handle``."""
    kind: str | None = None
    """One of ``KINDS``, if that was said."""


def parse(text: str) -> Name:
    """``MODULE:NAME[@KIND]`` in its parts.  Raises ValueError that says what is wrong."""
    module, colon, rest = text.partition(":")
    attribute, at, kind = rest.partition("@")
    if module.endswith(".py") or "/" in module:
        stem = module.removesuffix(".py").strip("./").replace("/", ".")
        raise ValueError(
            f"{text!r} names a file; write the module as in an import: "
            f"{stem or 'server'}:{rest or 'handle'}"
        )
    if not colon or not _DOTTED.fullmatch(module) or not _DOTTED.fullmatch(attribute):
        raise ValueError(f"{text!r} is not of the form MODULE:NAME, such as server:handle")
    if at and kind not in KINDS:
        raise ValueError(f"{text!r}: there is no kind {kind!r}, only {', '.join(KINDS)}")
    return Name(module, attribute, kind or None)
