"""Does a target that is given its listener, or its connections, make a listener of its own?

Then nobody serves what it was given, and every check would tell the same in words of its own.
"""

from __future__ import annotations

from harness.errors import TargetProblem
from harness.launcher.instance import Instance
from harness.launcher.output import last_lines, says_in_use
from harness.values.address import Address, LaunchStyle, TcpAddress, UnixAddress

WHAT = {
    LaunchStyle.INETD: "its connections as standard input and output",
    LaunchStyle.INETD_WAIT: "its listener as standard input",
    LaunchStyle.SOCKET_ACTIVATION: "its listener as descriptor 3",
}


def must_serve_what_it_is_given(instance: Instance | None, style: LaunchStyle, said: bytes) -> None:
    """Raise TargetProblem where a target that does not echo listens itself, or tries to.

    ``said``: what the first client got.
    """
    if instance is None or style not in WHAT:
        return
    text = f"{last_lines(instance.output())}\n{said.decode(errors='replace')}"
    if own := own_places(instance):
        why = f"it listens itself, at {' and '.join(address.url for address in own)}"
    elif says_in_use(text):
        why = "it wants to listen itself, at an address that is in use"
    else:
        return
    raise TargetProblem(
        f"with --launch {style} the target is given {WHAT[style]}, but {why}.",
        "Leave out --launch for a server that listens itself.",
        step="listen",
    )


def own_places(instance: Instance) -> list[Address]:
    """Where its tree waits for clients, but for the place that it was given."""
    found: list[Address] = [TcpAddress(*place) for place in instance.listeners()]
    found += [*instance.unix_listeners(), *instance.datagram_sockets()]
    return [address for address in found if not _same(address, instance.address)]


def _same(one: Address, other: Address) -> bool:
    """Whether it is the same place; a port is that, whatever host it is told with."""
    if isinstance(one, UnixAddress) or isinstance(other, UnixAddress):
        return one == other
    return type(one) is type(other) and one.port == other.port
