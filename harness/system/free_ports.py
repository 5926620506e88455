"""Ports that nobody holds: found for a target before it is launched."""

from __future__ import annotations

import errno
import functools
import random
import socket
from pathlib import Path

from harness.errors import TargetProblem


@functools.cache
def ephemeral_ports() -> range:
    """The ports that the system gives to whoever binds to port 0.

    Asked once: a run launches thousands of targets, and nobody changes this meanwhile.
    """
    try:
        words = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
        return range(int(words[0]), int(words[1]) + 1)
    except (OSError, ValueError, IndexError):
        return range(49_152, 65_536)  # the IANA's, where no system tells


def free_port(host: str, rng: random.Random) -> int:
    """A port nobody holds, below the ephemeral range, where no client's TIME_WAIT can be.

    Raises TargetProblem when ``host`` is not an address of this machine.
    """
    low, high = 10_000, 32_000
    if (low_ephemeral := ephemeral_ports().start) > 12_000:
        high = low_ephemeral - 1
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        port = rng.randint(low, high)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                raise TargetProblem(
                    f"the host {host} is not an address of this machine ({error.strerror}).",
                    "Use --host with an address the target can listen on, such as 127.0.0.1.",
                    step="launch",
                ) from error
            return port
    raise TargetProblem("no free TCP port was found on this machine.", step="launch")


def can_bind(host: str, port: int) -> bool:
    """Whether a server without SO_REUSEADDR could bind ``port`` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
