"""The run that choices ask for, if they go together, and the arguments that lead to it again."""

from __future__ import annotations

import msgspec

from harness.errors import UsageProblem
from harness.settings import handlers
from harness.settings.choices import AUTO, DEFAULTS, REFERENCE, Choices, split
from harness.settings.run import FUZZ_AT, Isolate, Settings
from harness.values.address import Address, LaunchStyle, Transport
from harness.values.effort import Effort
from harness.values.target import TargetSpec, parse_address
from harness.values.verdict import Level, Profile

_TARGET = ("host", "port", "start_timeout", "cwd", "allow_remote", "keep_stderr")
_RUN = (
    *("patience", "rate", "seed", "jobs", "fail_fast", "strict", "fuzz", "corpus"),
    *("dictionary", "pcap"),
    *("only", "skip", "grading"),
)


def settings(choices: Choices, *, label: str | None = None) -> Settings:
    """The run that ``choices`` ask for.  Raises UsageProblem when they contradict each other."""
    chosen = {name: value for name in _RUN if (value := getattr(choices, name)) is not None}
    profile = choices.profile or AUTO
    expected = choices.expected_failures or {}
    for check_id in expected:
        _known(check_id)
    effort = Effort(choices.effort or Effort.NORMAL)
    run = Settings(
        target=_target(choices),
        effort=effort,
        profile=None if profile == AUTO else Profile(profile),
        level=Level(choices.level) if choices.level else None,
        isolate=Isolate(choices.isolate or AUTO),
        expected=tuple(expected.items()),
        label=label,
        **{"fuzz": FUZZ_AT[effort], **chosen},
    )
    return msgspec.structs.replace(run, repeat_with=(label,) if label else arguments(run))


_LAUNCHES_NOTHING = "Leave it out: the server runs already, and nothing is launched."


def _target(choices: Choices) -> TargetSpec:
    command = split(choices.command) if isinstance(choices.command, str) else choices.command
    if choices.handler is not None:
        if command or choices.connect is not None:
            other = "a command" if command else "connect"
            raise UsageProblem(f"both handler and {other} were given.", "Leave one of them out.")
        if choices.launch not in (None, LaunchStyle.LISTEN):
            raise UsageProblem("launch has no meaning with handler.", "Its host listens itself.")
        command = handlers.command_of(choices.handler, _transport(choices))
    if choices.connect is not None:
        if command:
            raise UsageProblem(
                "both connect and a command were given.",
                "connect tests a server that runs already; leave one of them out.",
            )
        for name in ("port", "cwd", "env"):
            if getattr(choices, name):
                raise UsageProblem(f"{name} has no meaning with connect.", _LAUNCHES_NOTHING)
        if choices.isolate == "always":
            raise UsageProblem("isolate has no meaning with connect.", _LAUNCHES_NOTHING)
        if choices.launch not in (None, LaunchStyle.LISTEN):
            raise UsageProblem("launch has no meaning with connect.", _LAUNCHES_NOTHING)
    elif command and not command[0].strip():
        raise UsageProblem(
            "the first word of the command is empty.", "It names the program that is started."
        )
    elif not command:
        raise UsageProblem("there is no command.", "Give the command that starts the server.")
    transport = _transport(choices)
    style = LaunchStyle(choices.launch or LaunchStyle.LISTEN)
    _must_fit(choices, transport, style)
    return TargetSpec(
        command=command or (),
        connect=_address(choices, transport),
        transport=transport,
        launch=style,
        env=tuple((choices.env or {}).items()),
        **{name: value for name in _TARGET if (value := getattr(choices, name)) is not None},
    )


def _transport(choices: Choices) -> Transport | None:
    return None if choices.transport in (None, AUTO) else Transport(choices.transport)


def _address(choices: Choices, transport: Transport | None) -> Address | None:
    return None if choices.connect is None else parse_address(choices.connect, transport)


def _must_fit(choices: Choices, transport: Transport | None, style: LaunchStyle) -> None:
    """Raise UsageProblem unless the way to launch and the transport go together."""
    if transport is Transport.UNIX and choices.port is not None:
        raise UsageProblem(
            "port has no meaning with transport unix.",
            "The path of the socket is found; {path} in the command offers one.",
        )
    if choices.keep_stderr and style is not LaunchStyle.INETD:
        raise UsageProblem(
            f"keep-stderr has no meaning with launch {style.value}.",
            "It is kept always, but with inetd.",
        )
    if style is LaunchStyle.LISTEN:
        return
    if transport is Transport.UDP and style is LaunchStyle.INETD:
        raise UsageProblem(
            "launch inetd has no meaning with transport udp: datagrams make no connection.",
            "inetd-wait hands over the socket that receives them.",
        )
    if choices.port is not None:
        raise UsageProblem(
            f"port has no meaning with launch {style.value}.",
            "The harness makes the listener, on a port of its choice.",
        )


def _known(check_id: str) -> None:
    """Raise UsageProblem that names the nearest unless there is such a check."""
    from harness.contract.catalogue import find

    find(check_id)


def arguments(run: Settings) -> tuple[str, ...]:
    """The arguments of ``echo-harness`` that lead to the same target; defaults are left out."""
    target, words = run.target, list[str]()
    default = TargetSpec()
    for name, value, usual in (
        ("--port", target.port, None),
        ("--host", target.host, default.host),
        ("--connect", target.connect.url if target.connect else None, None),
        ("--transport", target.transport if not target.connect else None, None),
        ("--launch", target.launch, default.launch),
        ("--profile", run.profile, None),
        ("--start-timeout", target.start_timeout, default.start_timeout),
        ("--cwd", target.cwd, None),
        ("--patience", run.patience, DEFAULTS["patience"]),
        ("--rate", run.rate, None),
        ("--isolate", run.isolate, Isolate.AUTO),
    ):
        if value != usual:
            words += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    for key, text in target.env:
        words += ["--env", f"{key}={text}"]
    for name, is_set in (
        ("--allow-remote", target.allow_remote),
        ("--keep-stderr", target.keep_stderr),
    ):
        words += [name] if is_set else []
    if handler := handlers.handler_in(target.command):
        words += ["--handler", handler]
    elif target.command and target.command != REFERENCE:
        words += ["--", *target.command]
    return tuple(words)
