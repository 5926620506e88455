"""Why an instance that lives is not tested: it listens nowhere, or where it is not to be tested, or
in several places of which none is clearly meant."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence

from harness.errors import NeverListened, TargetProblem
from harness.launcher import shell
from harness.launcher.ports import listed
from harness.system import sockets
from harness.values.address import Transport
from harness.values.target import TargetSpec

PLACES = {
    Transport.TCP: "on any TCP port",
    Transport.UNIX: "on any Unix socket",
    Transport.UDP: "on any UDP port",
}


def place(spec: TargetSpec, wanted: int | None) -> str:
    """Where it is to listen, in words.  ``wanted``: its port, if it has no choice."""
    if spec.candidates == (Transport.UNIX,) and spec.has_path:
        return "on the Unix socket that it was given ({path})"
    if wanted is not None:
        return f"on UDP port {wanted}" if spec.transport is Transport.UDP else f"on port {wanted}"
    return PLACES[spec.candidates[0]]


def _too_late(spec: TargetSpec) -> str:
    """What to do about a program that runs and listens nowhere: it may need time, or never do."""
    call = "bind()" if spec.candidates == (Transport.UDP,) else "listen()"
    return f"Raise --start-timeout if it starts slowly; if not, see whether it comes to {call}."


def never_listened(
    spec: TargetSpec,
    found: Sequence[tuple[str, int]],
    output: str,
    wanted: int | None,
    others: Sequence[str] = (),
    *,
    through: socket.socket | None = None,
) -> NeverListened:
    """The start-up time is over.  ``found``: where its tree does listen on TCP; ``others``: its
    sockets that are not TCP, in words."""
    speaks_tcp = Transport.TCP in spec.candidates
    text = f"the target did not listen {place(spec, wanted)} within {spec.start_timeout:g} s."
    advice = shell.operator_advice(spec.command) or _too_late(spec)
    if found and not speaks_tcp:
        others = [*(f"TCP {port}" for port in hosts(found)), *others]
    if others:
        text += f" It is bound to {enumerated(others)}."
        advice = _instead(spec, others)
    if wanted is not None and speaks_tcp:
        if found:
            text += f" Its processes listen on {listed(f'{ip}:{port}' for ip, port in found)}."
            advice = "Give that port with --port, or no --port to have it found."
        if holder := sockets.holder_of(wanted, through):
            text += f" Port {wanted} is held by {holder}, which is not part of the target."
            advice = "Stop that program, or use another port."
    said = f"\nIts last output:\n{indented(output)}" if output else ""
    return NeverListened(text + said, advice, step="listen", output=output)


def hosts(found: Iterable[tuple[str, int]]) -> list[int]:
    """The ports, each once."""
    return list(dict.fromkeys(port for _, port in found))


def _instead(spec: TargetSpec, others: Sequence[str]) -> str:
    """What to do about a target that is bound to ``others``, and to nothing that was asked for."""
    if spec.transport is None:
        return (
            "What is tested is TCP, Unix sockets of streams (SOCK_STREAM) and UDP: let it take its "
            "clients on one of these."
        )
    return "Choose that with --transport, or leave out --transport to have it found."


def unclear(ports: Iterable[int]) -> TargetProblem:
    """It listens on several ports, none of them offered, and nothing says which one is meant."""
    return TargetProblem(
        "the target did not take the port that it was offered: it listens on "
        f"{listed(ports)}: choose with --port.",
        "A server that takes its port from PORT, or from {port} in its command, needs no choice.",
        step="choose",
    )


def unclear_paths(paths: Iterable[str]) -> TargetProblem:
    """The same of Unix sockets."""
    return TargetProblem(
        "the target did not take the path that it was offered: it listens on the Unix sockets "
        f"{listed(paths)}.",
        "Let it take its path from SOCKET_PATH, or from {path} in its command; or start it "
        "yourself, and test one with --connect unix:PATH.",
        step="choose",
    )


def enumerated(words: Sequence[str], most: int = 4) -> str:
    shown = list(words[:most])
    if len(words) > most:
        shown.append(f"{len(words) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
