"""Whether a program can ever find no room, as one cannot that waits until there is some; and
whether it asks to be told of room."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

from harness.diagnosis.languages import in_file
from harness.diagnosis.where.patterns import code_of

KNOWN = frozenset({"python", "c"})
"""Languages whose sockets wait unless they are told not to, in words that are looked for here."""
TOLD = re.compile(
    r"setblocking|non_?block|timeout|DONTWAIT|FIONBIO|O_NDELAY|SNDTIMEO|asyncio|async |trio|anyio|"
    r"twisted|gevent|eventlet|tornado|uvloop|selectors|EAGAIN|EWOULDBLOCK|BlockingIOError|libev|"
    r"\buv_|\bev_|#include\s*\"|alarm|setitimer",
    re.IGNORECASE,
)
"""What such programs say somewhere, or a library says for them."""
ROOM = re.compile(r"\b(?:E?POLLOUT|EVENT_WRITE|EV_WRITE|EVFILT_WRITE|OP_WRITE)\b")
"""The event that there is room again, as the calls name it.  select() has no name for it."""
IMPORTED = re.compile(r"^\s*(?:from|import)\s+(\.|\w+)", re.MULTILINE)


def always_waits(sources: Iterable[tuple[str, str]], command: Sequence[str]) -> bool:
    """Whether the whole of ``sources`` (names and texts) is known, and each send() waits until
    there is room: then EAGAIN, or a time that is over, is no part of what was seen."""
    texts = list(sources)
    return bool(texts) and all(
        in_file(name, text, command) in KNOWN
        and TOLD.search(text) is None
        and set(IMPORTED.findall(text)) <= sys.stdlib_module_names  # what others do is not known
        for name, text in texts
    )


def asks_for_room(sources: Iterable[tuple[str, str]], command: Sequence[str]) -> bool:
    """Whether one of ``sources`` (names and texts) asks for the event that there is room: what has
    none waits in the program then."""
    return any(
        ROOM.search(line)
        for name, text in sources
        for line in code_of(text, in_file(name, text, command) or "")
    )
