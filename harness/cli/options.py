"""Options that several commands share, and how they become values."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.errors import UsageProblem

if TYPE_CHECKING:
    from harness.target.launch import TargetSpec

F = TypeVar("F", bound=Callable[..., Any])

PROFILES = ("auto", "one-shot", "sequential", "concurrent")
LEVELS = ("must", "should", "may")
REFERENCE = (sys.executable, "-m", "echo_ref")
"""What is tested when no command is given: the reference is one more command line."""


def target_options(command: F) -> F:
    """The options that say how to get at the target."""
    for option in reversed(
        (
            click.option(
                "--port",
                type=click.IntRange(1, 65535),
                metavar="N",
                help="The port that the server listens on, if it is hard-coded. Usually found.",
            ),
            click.option(
                "--host",
                default="127.0.0.1",
                show_default=True,
                metavar="H",
                help="The address for {host} and $HOST.",
            ),
            click.option(
                "--connect",
                metavar="HOST:PORT",
                help="Test a server that is already running, instead of a command.",
            ),
            click.option(
                "--profile",
                type=click.Choice(PROFILES),
                default="auto",
                show_default=True,
                help="What the server promises.",
            ),
            click.option(
                "--start-timeout",
                type=click.FloatRange(min=0, min_open=True, max=3600),
                default=10.0,
                show_default=True,
                metavar="S",
                help="Seconds until the server must listen.",
            ),
            click.option("--cwd", metavar="DIR", help="The folder to launch the server in."),
            click.option(
                "--env",
                multiple=True,
                metavar="K=V",
                help="Set an environment variable of the server (repeatable).",
            ),
            click.option(
                "--allow-remote",
                is_flag=True,
                help="Allow an address that is not loopback.",
            ),
        )
    ):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """The options that say how patient and how hasty a run is."""
    for option in reversed(
        (
            click.option(
                "--patience",
                type=click.FloatRange(min=0, min_open=True, max=3600),
                default=3.0,
                show_default=True,
                metavar="S",
                help="Seconds without any progress after which waiting ends.",
            ),
            click.option(
                "--rate",
                type=click.FloatRange(min=0, min_open=True),
                metavar="N",
                help="At most N new connections a second.",
            ),
            click.option(
                "--seed",
                type=click.IntRange(0, 2**31 - 1),
                default=0,
                show_default=True,
                metavar="N",
                help="Decides payloads, cuts and plans.",
            ),
        )
    ):
        command = option(command)
    return command


def output_options(command: F) -> F:
    """The options that say what is printed and written."""
    for option in reversed(
        (
            click.option(
                "--report",
                "reports",
                multiple=True,
                metavar="FORMAT=FILE",
                help="Also write a report: json, junit, html, markdown, github or badge; - is "
                "standard output (repeatable).",
            ),
            click.option("-q", "--quiet", is_flag=True, help="Only the verdict and failures."),
            click.option("-v", "--verbose", count=True, help="Every check on a line; details."),
            click.option(
                "--color/--no-color", default=None, help="Colours, or none (NO_COLOR is respected)."
            ),
            click.option("--strict", is_flag=True, help="A failed 'should' counts too."),
        )
    ):
        command = option(command)
    return command


def target_spec(
    command: tuple[str, ...],
    *,
    port: int | None,
    host: str,
    connect: str | None,
    start_timeout: float,
    cwd: str | None,
    env: tuple[str, ...],
    allow_remote: bool,
) -> TargetSpec:
    """The target that the options and the command name.  Raises UsageProblem."""
    from harness.target.launch import TargetSpec, parse_address

    if connect is not None:
        if command:
            raise UsageProblem(
                "both --connect and a command were given.",
                "--connect tests a server that runs already; leave one of them out.",
            )
        for name, value in (("--port", port), ("--cwd", cwd), ("--env", env)):
            if value:
                raise UsageProblem(
                    f"{name} has no meaning with --connect.", "Nothing is launched then."
                )
    return TargetSpec(
        command=() if connect else (command or REFERENCE),
        connect=parse_address(connect) if connect else None,
        host=host,
        port=port,
        start_timeout=start_timeout,
        cwd=cwd,
        env=tuple(_assignment(text) for text in env),
        allow_remote=allow_remote,
    )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageProblem(f"--env {text!r} is no assignment.", "Write it as NAME=VALUE.")
    return name, value


def repeat_arguments(
    command: tuple[str, ...],
    *,
    port: int | None,
    host: str,
    connect: str | None,
    profile: str,
    start_timeout: float,
    cwd: str | None,
    env: tuple[str, ...],
    allow_remote: bool,
    patience: float,
    rate: float | None,
) -> tuple[str, ...]:
    """The arguments that lead to the same target again; defaults are left out."""
    words: list[str] = []
    for name, value, default in (
        ("--port", port, None),
        ("--host", host, "127.0.0.1"),
        ("--connect", connect, None),
        ("--profile", profile, "auto"),
        ("--start-timeout", start_timeout, 10.0),
        ("--cwd", cwd, None),
        ("--patience", patience, 3.0),
        ("--rate", rate, None),
    ):
        if value != default:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            words += [name, shown]
    for text in env:
        words += ["--env", text]
    if allow_remote:
        words.append("--allow-remote")
    return (*words, "--", *command) if command else tuple(words)
