"""Launching a target and finding where it listens, without ever connecting to it.

Readiness is read from the system's tables.  A probe connection would use up a one-shot server.
"""

from __future__ import annotations

import errno
import os
import random
import re
import shlex
import shutil
import socket
import time
from pathlib import Path

from msgspec import Struct

from harness.errors import TargetProblem, UsageProblem
from harness.target import sockets
from harness.target.instance import Instance
from harness.target.keeper import Keeper, LaunchError

POLL_FIRST, POLL_MOST = 0.001, 0.01
"""Seconds between two looks at the system's tables: they announce nothing by themselves."""
PORT_RACES = 3
"""Launches after which a target that found its offered port taken is not tried again."""


class TargetSpec(Struct, frozen=True):
    """How to get at the target, as the user said it."""

    command: tuple[str, ...] = ()
    """Arguments, with ``{host}`` and ``{port}`` placeholders; empty with ``connect``."""
    connect: tuple[str, int] | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    start_timeout: float = 10.0
    cwd: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    allow_remote: bool = False

    @property
    def has_placeholder(self) -> bool:
        return any("{port}" in argument for argument in self.command)

    @property
    def shown(self) -> str:
        """The command as one would type it, or the address."""
        if self.connect:
            return f"{self.connect[0]}:{self.connect[1]}"
        return shlex.join(self.command)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is an address in 127.0.0.0/8, ::1, or a name for one."""
    if host in ("localhost", "::1", "ip6-localhost"):
        return True
    return host.startswith("127.") and all(p.isdigit() for p in host.split("."))


def free_port(host: str, rng: random.Random) -> int:
    """A port nobody holds, below the ephemeral range, where no client's TIME_WAIT can be.

    Raises TargetProblem when ``host`` is not an address of this machine.
    """
    low, high = 10_000, 32_000
    try:
        low_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        if low_ephemeral > 12_000:
            high = low_ephemeral - 1
    except (OSError, ValueError, IndexError):
        high = 49_151  # the IANA boundary, where no system tells
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


class Launcher:
    """Launches instances of one target.

    ``seed`` decides the ports that are tried, so that two runs side by side differ only by it
    and by the process id.
    """

    def __init__(self, spec: TargetSpec, keeper: Keeper, seed: int = 0) -> None:
        self.spec = spec
        self.keeper = keeper
        self._rng = random.Random(f"{seed}.{os.getpid()}")
        self.fixed_port: int | None = spec.port
        """The port that every instance uses whatever it is offered, once that is known."""
        self.own_ports: set[int] = set()
        """Ports that instances listened on although another was offered."""
        self.launches = 0
        self.notices: list[str] = []
        """What the user should be told about the launches, in order."""

    @property
    def exclusive(self) -> bool:
        """Whether two instances cannot run at once, since they need the same port."""
        return self.fixed_port is not None

    def begin(self, port: int | None = None) -> Launching:
        """Start an instance and return at once.  ``port``: offer this one.

        Raises TargetProblem when the command cannot be executed.
        """
        spec = self.spec
        offered = port or self.fixed_port or free_port(spec.host, self._rng)
        argv = [
            a.replace("{host}", spec.host).replace("{port}", str(offered)) for a in spec.command
        ]
        env = {**os.environ, **dict(spec.env)}
        env.setdefault("PYTHONUNBUFFERED", "1")
        env["HOST"] = dict(spec.env).get("HOST", spec.host)
        env["PORT"] = dict(spec.env).get("PORT", str(offered))
        self.launches += 1
        started = time.monotonic()
        try:
            ident = self.keeper.launch(_resolved(argv, env, spec.cwd), env, spec.cwd)
        except LaunchError as error:
            raise _cannot_execute(argv[0], spec, error) from error
        return Launching(self, Instance(self.keeper, ident, started), offered)

    def launch(self, port: int | None = None, *, wait_for_address: bool = True) -> Instance:
        """Start an instance and wait until it listens.  Raises TargetProblem.

        An offered port that was lost to somebody else is replaced.  An address that is still in
        use (TIME_WAIT of an earlier connection) is waited for, within the start-up time, unless
        ``wait_for_address`` is false.
        """
        deadline = time.monotonic() + (self.spec.start_timeout if wait_for_address else 0.0)
        races = 0
        while True:
            launching = self.begin(port)
            try:
                return launching.finish()
            except PortLost:
                races += 1
                if races == PORT_RACES or port is not None:
                    raise
            except AddressInUse as problem:
                if time.monotonic() > deadline:
                    raise
                self.notice(f"{problem.what} is still in use; waiting for it to become free.")
                self._await_free(problem.port, deadline)

    def notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def _await_free(self, port: int | None, deadline: float) -> None:
        """Wait until ``port`` can be bound, or, when it is not known, for a moment."""
        until = deadline if port is not None else min(deadline, time.monotonic() + 0.5)
        while time.monotonic() < until:
            if port is not None and _can_bind(self.spec.host, port):
                return
            self.keeper.poll(0.05)

    def learn(self, instance: Instance, offered: int) -> None:
        """Note what the port that ``instance`` took tells about the next ones."""
        port = instance.address[1]
        if port == offered:
            return
        if port in self.own_ports:
            self.fixed_port = port
        self.own_ports.add(port)


class PortLost(TargetProblem):
    """The offered port was taken by somebody else before the target could bind it."""


class AddressInUse(TargetProblem):
    """The target could not bind its address, and nobody listens there: it may be TIME_WAIT."""

    port: int | None = None

    @property
    def what(self) -> str:
        return "the address that the target wants" if self.port is None else f"port {self.port}"


class Launching:
    """An instance on its way to listening."""

    def __init__(self, launcher: Launcher, instance: Instance, offered: int) -> None:
        self.launcher = launcher
        self.instance = instance
        self.offered = offered

    def cancel(self) -> None:
        self.instance.kill()

    def finish(self) -> Instance:
        """Wait until it listens.  Raises TargetProblem (and ends the instance) if it never does."""
        try:
            address = self._await_listener()
        except BaseException:
            self.instance.kill()
            raise
        self.instance.address = address
        self.instance.ready_s = time.monotonic() - self.instance.launched_at
        self.launcher.learn(self.instance, self.offered)
        return self.instance

    def _await_listener(self) -> tuple[str, int]:
        instance, keeper = self.instance, self.launcher.keeper
        timeout = self.launcher.spec.start_timeout
        deadline = instance.launched_at + timeout
        nap = POLL_FIRST
        while True:
            found = instance.listeners()
            if address := self._choose(found):
                return address
            now = time.monotonic()
            # A launched process that ended may have left a daemon that is about to listen.
            if instance.ident in keeper.exits and not instance.members():
                raise self._exited()
            if now > deadline:
                raise self._never_listened(found, timeout)
            keeper.poll(nap)
            nap = min(nap * 1.5, POLL_MOST)

    def _choose(self, found: list[tuple[str, int]]) -> tuple[str, int] | None:
        spec = self.launcher.spec
        if not found:
            return None
        ports = [port for _, port in found]
        wanted = spec.port or (self.offered if spec.has_placeholder else None)
        if wanted is None:
            wanted = self.offered if self.offered in ports else ports[0]
        if wanted not in ports:
            return None
        hosts = [ip for ip, port in found if port == wanted]
        return _reachable(hosts, spec), wanted

    def _exited(self) -> TargetProblem:
        ended = self.instance.keeper.exits[self.instance.ident]
        output = self.instance.output()
        how = f"exit status {ended.status}" if ended.signal is None else f"signal {ended.signal}"
        text = f"the target ended ({how}) before it listened on any TCP port."
        said = f"\nIts last output:\n{_indent(output)}" if output else " It wrote nothing."
        port, holder = self._stranger(output)
        if holder:
            lost = port == self.offered and port != self.launcher.fixed_port
            kind = PortLost if lost else TargetProblem
            return kind(
                f"port {port}, which the target needs, is held by {holder}; {text}{said}",
                "Stop that program, or let the target use another port.",
                step="listen",
            )
        if _says_in_use(output):
            problem = AddressInUse(
                text + said,
                "The address that it wants is in use: by a program that holds it, or for a minute "
                "after an earlier connection (TIME_WAIT). Setting SO_REUSEADDR before bind() "
                "avoids the latter.",
                step="listen",
            )
            problem.port = self.launcher.fixed_port
            return problem
        return TargetProblem(
            text + said,
            "Run the command by hand: it must start a server and keep it running.",
            step="listen",
        )

    def _stranger(self, output: str) -> tuple[int | None, str | None]:
        """The port that the target seems to need and who holds it."""
        spec = self.launcher.spec
        port = self.launcher.fixed_port or (self.offered if spec.has_placeholder else None)
        if port is not None:
            return port, sockets.holder_of(port)
        if _says_in_use(output):
            for number in _numbers_in(spec, output):
                if holder := sockets.holder_of(number):
                    return number, holder
        return None, None

    def _never_listened(self, found: list[tuple[str, int]], timeout: float) -> TargetProblem:
        spec = self.launcher.spec
        wanted = spec.port or (self.offered if spec.has_placeholder else None)
        output = self.instance.output()
        said = f"\nIts last output:\n{_indent(output)}" if output else ""
        advice = "Raise --start-timeout if it starts slowly."
        if wanted is None:
            return TargetProblem(
                f"the target did not listen on any TCP port within {timeout:g} s.{said}",
                advice,
                step="listen",
            )
        text = f"the target did not listen on port {wanted} within {timeout:g} s."
        if found:
            others = ", ".join(f"{ip}:{port}" for ip, port in found)
            text += f" Its processes listen on {others}."
            advice = "Give that port with --port, or no --port to have it found."
        if holder := sockets.holder_of(wanted):
            text += f" Port {wanted} is held by {holder}, which is not part of the target."
            advice = "Stop that program, or use another port."
        return TargetProblem(text + said, advice, step="listen")


def _reachable(hosts: list[str], spec: TargetSpec) -> str:
    """The address to connect to for a listener that is bound to one of ``hosts``."""
    choices = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    reachable = [choices.get(host, host) for host in hosts]
    if spec.host in reachable:
        return spec.host
    for host in reachable:
        if is_loopback(host.removeprefix("::ffff:")):
            return host.removeprefix("::ffff:")
    if not spec.allow_remote:
        raise TargetProblem(
            f"the target listens on {', '.join(hosts)}, which is not a loopback address.",
            "Let it listen on 127.0.0.1, or allow this with --allow-remote.",
            step="listen",
        )
    return reachable[0]


def _resolved(argv: list[str], env: dict[str, str], cwd: str | None) -> list[str]:
    """``argv`` with its program looked up in PATH, as a shell would."""
    program = argv[0]
    if os.sep in program:
        return [str(Path(cwd or ".", program)) if cwd else program, *argv[1:]]
    return [shutil.which(program, path=env.get("PATH")) or program, *argv[1:]]


def _cannot_execute(program: str, spec: TargetSpec, error: LaunchError) -> TargetProblem:
    if error.where == "cwd":
        return TargetProblem(
            f"the folder {spec.cwd} cannot be entered: {os.strerror(error.errno)}.",
            "Check --cwd.",
            step="launch",
        )
    if error.errno == errno.ENOENT:
        if Path(spec.cwd or ".", program).exists():
            return TargetProblem(
                f"{program} cannot be started: its interpreter (the first line, #!) was not found.",
                "Check that line, or name the interpreter: -- python " + program,
                step="launch",
            )
        return TargetProblem(
            f"the command {program!r} was not found.",
            "Check its spelling and that it is installed and in PATH.",
            step="launch",
        )
    if error.errno in (errno.EACCES, errno.ENOEXEC):
        return TargetProblem(
            f"{program} cannot be executed: {os.strerror(error.errno)}.",
            f"Name its interpreter (-- python {program}), or make it executable.",
            step="launch",
        )
    reason = os.strerror(error.errno) if error.errno else error.where
    return TargetProblem(f"{program} cannot be started: {reason}.", step="launch")


def _numbers_in(spec: TargetSpec, output: str) -> list[int]:
    """Numbers that may be ports, in what the target wrote, its arguments and its source.

    A target with a hard-coded port rarely says which one it is, and its user may not know either.
    """
    texts = [output, *spec.command]
    for argument in spec.command[:4]:
        path = Path(spec.cwd or ".", argument)
        try:
            if path.is_file() and path.stat().st_size < 100_000:
                texts.append(path.read_text(errors="ignore"))
        except (OSError, ValueError):
            continue
    numbers = (int(n) for text in texts for n in re.findall(r"(?<![\d.])\d{2,5}(?![\d.])", text))
    return [n for n in dict.fromkeys(numbers) if 0 < n < 65536]


def _can_bind(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _says_in_use(output: str) -> bool:
    text = output.lower()
    return "address already in use" in text or "eaddrinuse" in text


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def stranger_on(spec: TargetSpec) -> None:
    """Raise TargetProblem when somebody else already listens on the port the target needs."""
    if spec.port is not None and (holder := sockets.holder_of(spec.port)):
        raise TargetProblem(
            f"port {spec.port} is already held by {holder}, which is not the target.",
            "Stop that program, use another port, or test it as it runs with "
            f"--connect 127.0.0.1:{spec.port}.",
            step="launch",
        )


def parse_address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[V6]:PORT``.  Raises UsageProblem."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageProblem(
            f"{text!r} is not an address.", "Write it as HOST:PORT, such as 127.0.0.1:7007."
        )
    return host, int(port)
