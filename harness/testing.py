"""A target for a test of one's own: launched, found, used, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, Unpack

from harness.errors import TargetProblem, UsageProblem
from harness.settings.run import PATIENCE
from harness.values.address import Address, UnixAddress
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Close,
    Connect,
    HalfClose,
    Literal,
    Plan,
    Send,
    one,
)
from harness.values.verdict import Breach, Finding, Kind, Level, Profile, Result, Status

if TYPE_CHECKING:
    from harness.api import Command, TargetOptions
    from harness.launcher.fleet import Fleet
    from harness.settings.run import Settings
    from harness.values.trace import Trace


class Target:
    """An echo server that runs as long as the ``with`` block.

    ``command`` and the options are those of ``harness.check``.  A server that ends after one
    connection is launched again for the next ``echo``.

    >>> with Target("python server.py") as target:
    ...     target.echo(b"hello")
    b'hello'
    """

    def __init__(self, command: Command | None = None, **options: Unpack[TargetOptions]) -> None:
        from harness.api import settings

        self._use(settings(command, **options))

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The target of a run."""
        target = cls.__new__(cls)
        target._use(settings)
        return target

    def _use(self, settings: Settings) -> None:
        import msgspec

        from harness.running.fleets import Fleets

        self.settings = settings
        self._fleets = Fleets(msgspec.structs.replace(settings, jobs=1))
        self._fleet: Fleet | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = self.url if self._fleet is not None else "stopped"
        return f"<Target {self.settings.target.shown!r} {state}>"

    def start(self) -> Self:
        """Launch it and wait until it listens.  Raises TargetProblem, which says why it did not."""
        try:
            self._fleet = self._fleets.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End all its processes: SIGTERM, then SIGKILL if they go on.  A second call does
        nothing."""
        self._fleet = None
        self._fleets.close()

    @property
    def fleet(self) -> Fleet:
        """Where the driver connects to.  Raises UsageProblem when it was not started."""
        if self._fleet is None:
            raise UsageProblem("the target is not running.", "Use it as a context manager.")
        return self._fleet

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens on TCP or UDP, as ``socket.create_connection`` takes it.

        Raises UsageProblem when it is a Unix socket: see ``path``.
        """
        place = self._place()
        if isinstance(place, UnixAddress):
            raise UsageProblem("the target listens on a Unix socket.", "Use path, or url.")
        return place

    def _place(self) -> Address:
        self.fleet.refresh()
        return self.fleet.address(self.fleet.current)

    @property
    def url(self) -> str:
        """Where it listens: ``tcp://127.0.0.1:7007``, ``unix:/run/echo``."""
        return self._place().url

    @property
    def host(self) -> str:
        return self.address[0]

    @property
    def port(self) -> int:
        return self.address[1]

    @property
    def path(self) -> str:
        """Of its Unix socket; an abstract one begins with ``@``.  Raises UsageProblem."""
        place = self._place()
        if not isinstance(place, UnixAddress):
            raise UsageProblem("the target listens on no Unix socket.", "Use address, or url.")
        return place.path

    @property
    def pid(self) -> int | None:
        """The launched process; None for a server that somebody else runs."""
        current = self.fleet.current
        return None if current is None else current.pid

    def output(self) -> str:
        """What it wrote last to stdout and stderr, safe to show."""
        return self.fleet.last_output()

    def echo(self, *messages: bytes, patience: float = PATIENCE) -> bytes:
        """Send each message when the one before has come back, then half-close; the whole reply.

        Raises AssertionError, with the evidence, unless it is what was sent.
        """
        __tracebackhide__ = True
        return assert_echoes(self, *messages, patience=patience)


def assert_echoes(
    target: Target | tuple[str, int] | str, *messages: bytes, patience: float = PATIENCE
) -> bytes:
    """Fail unless ``messages`` come back, each before the next is sent, and nothing else does.

    ``target``: a Target, or the address (a pair, ``"HOST:PORT"`` or a URL) of a server that runs.
    Returns what came back.  The AssertionError shows the first byte that differs.
    """
    __tracebackhide__ = True  # pytest shows the line of the test instead
    from harness.driver import Manner, perform
    from harness.judging.oracle import judge

    fleet = target.fleet if isinstance(target, Target) else _at(target)
    plan = _plan(messages or (b"hello",))
    fleet.refresh()
    trace = perform(plan, fleet, Manner(patience=patience))
    if trace.unable:
        raise TargetProblem(trace.unable, step="connect")
    findings = judge(plan, trace, Profile.SEQUENTIAL) or list(_not_prompt(trace))
    if findings:
        raise AssertionError(_told(plan, trace, findings, fleet))
    if trace.slow is not None:
        raise TargetProblem(
            f"the target is slow: after {trace.slow:.0f} s the rest was not waited for.",
            "Send less at a time, or give it more patience.",
            step="echo",
        )
    return b"".join(messages or (b"hello",))


def _at(address: tuple[str, int] | str) -> Fleet:
    from harness.launcher.remote import RemoteFleet
    from harness.values.address import TcpAddress, parse_address
    from harness.values.target import TargetSpec

    place = parse_address(address) if isinstance(address, str) else TcpAddress(*address)
    return RemoteFleet(TargetSpec(connect=place))


def _plan(messages: tuple[bytes, ...]) -> Plan:
    exchanges = [step for m in messages for step in (Send(Literal(m)), AwaitEcho())]
    return one(Connect(), *exchanges, HalfClose(), AwaitEnd(), Close())


def _not_prompt(trace: Trace) -> list[Finding]:
    seen = trace.scripts[0]
    if seen.stuck is None:
        return []
    waited = f"it did not answer within {seen.stuck.waited:.1f} s ({seen.stuck.kind})"
    return [Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message=waited)]


def _told(plan: Plan, trace: Trace, findings: list[Finding], fleet: Fleet) -> str:
    from harness.diagnosis import Evidence, diagnose
    from harness.judging.blame import output_behind
    from harness.report.plain import details

    evidence = Evidence(
        check_id="assert_echoes",
        hint="",
        profile=Profile.SEQUENTIAL,
        plan=plan,
        trace=trace,
        findings=tuple(findings),
        output=(output := output_behind(trace, findings, fleet)),
    )
    result = Result(
        id="assert_echoes",
        level=Level.MUST,
        status=Status.FAILED,
        duration_s=trace.duration,
        requirement="What was sent comes back, and nothing else.",
        basis="862",
        summary=findings[0].message,
        findings=tuple(findings),
        diagnosis=diagnose(evidence),
        output=output,
    )
    return f"{result.summary}\n\n{details(result)}\n"
