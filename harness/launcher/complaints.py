"""Why a target could not be launched, in words: whose fault, at which step, what to do."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path
from typing import NamedTuple

from harness.errors import MachineProblem, TargetProblem, WrongTarget
from harness.host.shortage import lack
from harness.launcher import shell
from harness.launcher.clues import text_of
from harness.launcher.ends import Exit, LaunchError
from harness.launcher.nowhere import indented, place
from harness.launcher.output import says_in_use
from harness.launcher.socket_files import in_the_way
from harness.launcher.wanting import wants_port
from harness.system import lingering, sockets
from harness.values.address import Address, LaunchStyle, UnixAddress
from harness.values.target import TargetSpec


class PortLost(TargetProblem):
    """The offered port was taken by somebody else before the target could bind it."""


class AddressInUse(TargetProblem):
    """The target could not bind its address, and nobody listens there: it may be TIME_WAIT."""

    port: int | None = None
    """The one that it wants, if that is known."""
    lingers = False
    """A connection that the target's side closed first is in TIME_WAIT on that port."""

    @property
    def what(self) -> str:
        return "the address that the target wants" if self.port is None else f"port {self.port}"

    @property
    def why(self) -> str:
        """What keeps the port, as a sentence."""
        return (
            f"the server could not start again on {self.what}: it had closed a connection before "
            "its client did, which keeps the port in use for a minute (TIME_WAIT), and it does "
            "not set SO_REUSEADDR."
        )


def stranger_on(spec: TargetSpec) -> None:
    """Raise TargetProblem when somebody else already listens on the port the target needs."""
    if spec.port is not None and (holder := sockets.holder_of(spec.port)):
        raise TargetProblem(
            f"port {spec.port} is already held by {holder}, which is not the target.",
            "Stop that program, use another port, or test it as it runs with "
            f"--connect 127.0.0.1:{spec.port}.",
            step="launch",
        )


def cannot_execute(
    program: str, spec: TargetSpec, error: LaunchError
) -> TargetProblem | MachineProblem:
    """exec failed, or the folder could not be entered, or the machine had no process to spare."""
    if problem := lack(error.errno, "launch"):
        return problem
    if error.where == "cwd":
        return TargetProblem(
            f"the folder {spec.cwd} cannot be entered: {os.strerror(error.errno)}.",
            "Name a folder that exists with --cwd, or with cwd in the configuration file.",
            step="launch",
        )
    if error.errno == errno.ENOENT:
        here = Path(spec.cwd or ".", program).exists()
        if here and os.sep not in program:
            return TargetProblem(
                f"the command {program!r} was not found: it is a file here, and not in PATH.",
                f"Write it as: -- {shell.runnable(program)}",
                step="launch",
            )
        if here:
            return TargetProblem(
                f"{program} cannot be started: its interpreter (the first line, #!) was not found.",
                f"Check that line, or write it as: -- {shell.runnable(program)}",
                step="launch",
            )
        if wanted := shell.meant(spec.command):
            why, advice = wanted
            return TargetProblem(
                f"the command {program!r} was not found: {why}.", advice, step="launch"
            )
        return TargetProblem(
            f"the command {program!r} was not found.",
            "Check its spelling and that it is installed and in PATH.",
            step="launch",
        )
    if error.errno == errno.EACCES and Path(spec.cwd or ".", program).is_dir():
        return TargetProblem(
            f"{program} is a folder, and no program.",
            "Write there what starts the server, such as python server.py.",
            step="launch",
        )
    if error.errno in (errno.EACCES, errno.ENOEXEC):
        return TargetProblem(
            f"{program} cannot be executed: {os.strerror(error.errno)}.",
            f"{_instead(program)}{_MISSING[error.errno]}.",
            step="launch",
        )
    reason = os.strerror(error.errno) if error.errno else error.where
    return TargetProblem(f"{program} cannot be started: {reason}.", step="launch")


_MISSING = {
    errno.EACCES: "make it executable: chmod +x",
    errno.ENOEXEC: "give it a first line that names its interpreter: #!/usr/bin/env ...",
}


def _instead(program: str) -> str:
    """How to run it as it is, where that can be told."""
    form = shell.runnable(program)
    return "You may " if form.endswith(program) and " " not in form else f"Write -- {form}, or "


class Tried(NamedTuple):
    """Ports on which a target that did not listen may have tried to."""

    offered: int
    """The one that it was given."""
    fixed: int | None
    """The one that it is known to insist on."""
    earlier: int | None = None
    """The one on which it listened before."""
    path: str = ""
    """Of the Unix socket that it was given."""


def exited(
    spec: TargetSpec,
    ended: Exit,
    output: str,
    tried: Tried,
    *,
    through: socket.socket | None = None,
) -> TargetProblem:
    """It ended before it listened.

    ``through``: what to ask the system with, if it had a network of its own.
    """
    too_soon = "a client came" if spec.is_given else f"it listened {place(spec, None)}"
    text = f"the target ended ({ended}) before {too_soon}."
    said = f"\nIts last output:\n{indented(output)}" if output else " It wrote nothing."
    insists = spec.has_placeholder or spec.is_given
    port = tried.fixed or (tried.offered if insists else None)
    port, holder = _holder(spec, output, port, through)
    if holder:
        lost = port == tried.offered and port != tried.fixed
        kind = PortLost if lost else TargetProblem
        return kind(
            f"port {port}, which the target needs, is held by {holder}; {text}{said}",
            "Stop that program, or let the target use another port.",
            step="listen",
            output=output,
        )
    if spec.is_given and says_in_use(output):
        return TargetProblem(text + said, _given_already(spec), step="listen", output=output)
    earlier_port = tried.fixed or tried.earlier
    if says_in_use(output) and (
        why := in_the_way([tried.path, *_texts_of(spec, output)], spec.cwd)
    ):
        text = f"{why[0]}; the target ended ({ended}) before it listened."
        return TargetProblem(text + said, why[1], step="listen", output=output)
    left = _left_behind(spec, output, earlier_port, through)
    if left or says_in_use(output):
        problem = AddressInUse(
            text + said,
            "The address that it wants is in use: by a program that holds it, or for a minute "
            "after an earlier connection (TIME_WAIT). Setting SO_REUSEADDR before bind() "
            "avoids the latter.",
            step="listen",
            output=output,
        )
        problem.port = left or earlier_port
        problem.lingers = left is not None
        return problem
    return TargetProblem(text + said, _advice(spec, ended, output), step="listen", output=output)


def _advice(spec: TargetSpec, ended: Exit, output: str) -> str:
    """What to do about a program that ended and did not complain of its address."""
    if spec.is_hosted:
        return OF_HANDLER
    if advice := shell.operator_advice(spec.command):
        return advice
    if _listens_for_datagrams(spec, output):
        return NO_STREAM
    if spec.launch in ACCEPTS_ON:
        return f"It is to call accept() on {ACCEPTS_ON[spec.launch]}, and to serve. {FILTER}"
    lacks = FILTER if ended.status == 0 else wants_port(spec, ended, output)
    return f"{RUN_IT} {lacks}".rstrip()


def _given_already(spec: TargetSpec) -> str:
    """Advice for one that wants to make the listener that is there already."""
    return (
        f"With --launch {spec.launch} it is given its listener, and must not make one of its own. "
        "Leave out --launch for a server that listens itself."
    )


RUN_IT = "Run the command by hand: it must start a server and keep it running."
OF_HANDLER = "Mend the module as that says, or check the name that --handler gives."
FILTER = (
    "A program that serves a client on its standard input and output, as cat does, does not do "
    "that: --launch inetd starts it for each client."
)
ACCEPTS_ON = {
    LaunchStyle.INETD_WAIT: "its standard input, which is the listener",
    LaunchStyle.SOCKET_ACTIVATION: "descriptor 3, which is the listener (LISTEN_FDS)",
}
NO_STREAM = (
    "A socket of datagrams can neither listen() nor accept(). For TCP make it with SOCK_STREAM in "
    "place of SOCK_DGRAM; for UDP leave both out, and answer recvfrom() by sendto()."
)


def _listens_for_datagrams(spec: TargetSpec, output: str) -> bool:
    """Whether it has ended since it did to a socket of datagrams what only one of streams takes."""
    if not re.search(r"Operation not supported|EOPNOTSUPP", output):
        return False
    return bool(re.search(r"\b(listen|accept)\b", output)) or any(
        "SOCK_DGRAM" in text for text in _texts_of(spec, output)
    )


def listens_on_both(port: int, offered: int) -> WrongTarget:
    """It has come to listen on the offered port, long after ``port`` was taken for its service."""
    return WrongTarget(
        f"the target was tested on port {port}, and has come to listen on port {offered}, which it "
        "was offered.",
        "Choose with --port, or write {port} in the command: then no other is taken for it.",
        step="choose",
    )


def handed_over(address: Address, holder: str) -> WrongTarget:
    """The listener is open in a process that the target did not start, and in no other."""
    if isinstance(address, UnixAddress):
        where = f"the Unix socket {address.path}"
    else:
        where = f"port {address.port}"
    return WrongTarget(
        f"the listener on {where} does not belong to the target any more: it was handed to "
        f"{holder}, which the target did not start.",
        "Test that program as it runs with --connect, or let the target keep its listener.",
        step="listen",
    )


def _holder(
    spec: TargetSpec, output: str, port: int | None, through: socket.socket | None
) -> tuple[int | None, str | None]:
    """The port that the target seems to need, and who holds it."""
    if port is not None:
        return port, sockets.holder_of(port, through)
    if says_in_use(output):
        for number in _numbers_in(spec, output):
            if holder := sockets.holder_of(number, through):
                return number, holder
    return None, None


def _left_behind(
    spec: TargetSpec, output: str, earlier_port: int | None, through: socket.socket | None
) -> int | None:
    """The port that the target seems to need and that closed connections keep, if there is one."""
    if earlier_port is not None:
        return earlier_port if lingering.left_on(earlier_port, through) else None
    if not says_in_use(output):
        return None
    kept = lingering.ports(through)
    return next((number for number in _numbers_in(spec, output) if number in kept), None)


def _numbers_in(spec: TargetSpec, output: str) -> list[int]:
    """Numbers that may be ports, in what the target wrote, its arguments and its source.

    A target with a hard-coded port rarely says which one it is, and its user may not know either.
    """
    texts = _texts_of(spec, output)
    numbers = (int(n) for text in texts for n in re.findall(r"(?<![\d.])\d{2,5}(?![\d.])", text))
    return [n for n in dict.fromkeys(numbers) if 0 < n < 65536]


def _texts_of(spec: TargetSpec, output: str) -> list[str]:
    texts = [output, *spec.command]
    return texts + [text_of(Path(spec.cwd or ".", argument)) for argument in spec.command[:4]]
