"""Which of the ports that a target listens on is the one to test: pure functions of what is known.

Nobody connects to find out: a connection would use up a one-shot server, and an answer proves
little.  The port that the harness offered beats every other.  Without it the numbers in the command
line decide, then those in the source, where each is taken in the company of the words beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.values.target import is_loopback

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a listener on every address is reached."""
SHOWN = 8
"""Ports that a message lists; a target may have thousands."""
FEW = 4
"""Ports of a target of which the source may name one by its number; among many it is chance."""
_NUMBER = re.compile(r"(?<![\w.])(\d{1,5})(?!\w|\.\d)")
_ASIDE = re.compile(
    r"health|metric|admin|debug|inspect|monitor|prometheus|probe|ready|live|control|manage|stat[su]",
    re.IGNORECASE,
)
"""Words beside the port of something that is not the service itself."""
_READS_PORT = re.compile(
    # environ["PORT"], environ.get("PORT"), getenv("PORT"), process.env.PORT, env::var("PORT"),
    # $ENV{PORT}, ENV.fetch('PORT'), Sys.getenv("PORT"), { PORT } = process.env, ${PORT:-7}
    r"(?i:env)\w*(?:\W{1,3}\w{1,12})?\W{1,4}PORT\b|\bPORT\b[^\n\w]{1,9}process\.env|\$\{?PORT\b"
)
_READS_PORT_BINARY = b"\0PORT\0"
"""The name of the variable, as a compiler puts it among the strings of a program."""


class Clues(Struct, frozen=True):
    """What the command line and the source of a target say of its port."""

    arguments: tuple[str, ...] = ()
    """The words of the command line, and of those of its processes."""
    source: str = ""
    """The text of the files that the command names; empty when there is none to read."""
    program: bytes = b""
    """The executable, where there is no source."""

    @property
    def reads_port(self) -> bool | None:
        """Whether it takes its port from the environment; None when that cannot be told."""
        if self.source:
            return bool(_READS_PORT.search(self.source))
        if _READS_PORT_BINARY in self.program:
            return True
        # Some compilers (Go's) put the strings of a program side by side with nothing between.
        return False if self.program and b"PORT" not in self.program else None


def reachable(hosts_of: dict[int, list[str]]) -> list[int]:
    """The ports of those where a client of this machine can connect; all, if there is none."""
    own = [
        port
        for port, hosts in hosts_of.items()
        if any(host in EVERY_ADDRESS or is_loopback(host) for host in hosts)
    ]
    return own or list(hosts_of)


def choose(ports: Sequence[int], offered: int, clues: Clues) -> int | None:
    """The one of ``ports`` to test; None when that is not clear."""
    if offered in ports:
        return offered
    known = set(ports)
    if len(known) <= 1:
        return next(iter(known), None)
    said = _said(_with_their_options(clues.arguments), known)
    if not said and len(known) <= FEW:
        said = _said(clues.source.splitlines(), known)
    if not said:
        return None
    plain = [port for port, aside in said.items() if not aside]
    others = [port for port in known if port not in said]
    # Where all that is named is something else, the one that is not named is meant.
    meant = plain or others
    return meant[0] if len(meant) == 1 else None


def choose_path(paths: Sequence[str], clues: Clues) -> str | None:
    """The one of ``paths`` (of Unix sockets) to test; None when that is not clear."""
    if len(paths) == 1:
        return paths[0]
    said = [path for path in paths if names(path, clues)]
    plain = [path for path in said if not _ASIDE.search(path)]
    meant = plain or said
    return meant[0] if len(meant) == 1 else None


def names(place: str, clues: Clues) -> bool:
    """Whether the command line or the source name ``place``: a port, or the path of a Unix socket,
    which may be put together from a folder and a name."""
    texts = [*clues.arguments, clues.source]
    if place.isdecimal():
        return any(place in _NUMBER.findall(text) for text in texts)
    name = place.rpartition("/")[2].removeprefix("@")
    return any(name in text for text in texts)


def _said(texts: Iterable[str], known: set[int]) -> dict[int, bool]:
    """Which of ``known`` the ``texts`` name, and whether only beside words for something else."""
    said: dict[int, bool] = {}
    for text in texts:
        numbers = known.intersection(map(int, _NUMBER.findall(text)))
        for port in numbers:
            said[port] = said.get(port, True) and bool(_ASIDE.search(text))
    return said


def _with_their_options(arguments: Sequence[str]) -> list[str]:
    """``--metrics 9100`` belongs together, as ``--metrics=9100`` does; code stays as it is."""
    texts: list[str] = []
    for before, word in zip(("", *arguments), arguments, strict=False):
        belongs = before.startswith("-") and "\n" not in word
        texts += [f"{before} {word}"] if belongs else word.splitlines()
    return texts


def listed(ports: Iterable[object]) -> str:
    """``7001 and 7002``; of many, the first and how many more there are."""
    names = [str(port) for port in dict.fromkeys(ports)]
    rest = len(names) - SHOWN
    if rest > 0:
        return f"{', '.join(names[:SHOWN])} and {rest} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
