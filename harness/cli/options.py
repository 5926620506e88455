"""Options that several commands share, and how they become values.

Long because it is one list: what a user may type.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from harness.cli.complete import checks, formats
from harness.errors import UsageProblem
from harness.text.outside import shown

F = TypeVar("F", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A number in a range, and not nan.

    nan is neither below nor above a bound, so the range alone would let it pass, and a wait of nan
    seconds would never end.
    """

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


SECONDS = Number(min=0, min_open=True, max=3600)
RATE = Number(min=0.001)
"""Connections a second; see ``harness.settings.choices``, which is not imported for ``--help``."""

PROFILES = ("auto", "one-shot", "sequential", "concurrent")
LEVELS = ("must", "should", "may")
TRANSPORTS = ("auto", "tcp", "unix", "udp")
LAUNCHES = ("listen", "inetd", "inetd-wait", "socket-activation")
EFFORTS = ("quick", "normal", "thorough")
ISOLATE = ("auto", "always", "never")


WHERE: tuple[Callable[[F], F], ...] = (
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
        "--handler",
        metavar="MODULE:NAME",
        help="Serve with this handler in Python, instead of a command.",
    ),
    click.option(
        "--connect",
        metavar="ADDRESS",
        help="Test a server that is already running, instead of a command: HOST:PORT, "
        "tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or unix:@NAME.",
    ),
    click.option(
        "--transport",
        type=click.Choice(TRANSPORTS),
        default="auto",
        show_default=True,
        help="What the server speaks; auto: TCP if it listens on that, else a Unix stream "
        "socket, else UDP.",
    ),
)
"""What is tested, and at which address."""
HOW: tuple[Callable[[F], F], ...] = (
    click.option(
        "--launch",
        type=click.Choice(LAUNCHES),
        default="listen",
        show_default=True,
        help="How the server comes by its listener: it makes one, or it is given each "
        "connection or the listener, as inetd or systemd do.",
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
        type=SECONDS,
        default=10.0,
        show_default=True,
        metavar="S",
        help="Seconds until the server must listen; --connect waits as long.",
    ),
    click.option(
        "--keep-stderr",
        is_flag=True,
        help="With --launch inetd: the server's standard error is no part of the connection.",
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
"""How the target is launched, and what it promises."""


def target_options(command: F) -> F:
    """The options that say how to get at the target."""
    for option in reversed((*WHERE, *HOW)):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """The options that say how patient and how hasty a run is."""
    for option in reversed(
        (
            click.option(
                "--patience",
                type=SECONDS,
                default=3.0,
                show_default=True,
                metavar="S",
                help="Seconds without any progress after which waiting ends.",
            ),
            click.option(
                "--rate",
                type=RATE,
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
            click.option(
                "--isolate",
                type=click.Choice(ISOLATE),
                default="auto",
                show_default=True,
                help="A network of its own for each instance of the server; auto: where two want "
                "the same port.",
            ),
            click.option(
                "--pcap",
                metavar="DIR",
                help="Repeat each failed check of an isolated server and keep what went over its "
                "network, for Wireshark.",
            ),
        )
    ):
        command = option(command)
    return command


def dictionary_option(command: F) -> F:
    """The option that says where the constants come from that steer the fuzzer."""
    return click.option(
        "--dictionary",
        default="auto",
        show_default=True,
        metavar="auto|none|FILE",
        help="Constants that steer the fuzzer: those of the server, or a file of AFL or libFuzzer.",
    )(command)


def output_options(command: F) -> F:
    """The options that say what is printed and written."""
    for option in reversed(
        (
            click.option(
                "--report",
                "reports",
                multiple=True,
                metavar="FORMAT=FILE",
                shell_complete=formats,
                help="Also write a report: json, junit, html, markdown, github, badge, csv, "
                "gradescope, ctrf or tap; - is "
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


SPREAD = ("workers", "scheduler", "time_limit", "memory_limit")


def refuse_spread(context: click.Context) -> None:
    """Raise UsageProblem for an option about many targets where there is one."""
    for name in SPREAD:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise UsageProblem(f"{option} is for several targets.", "Use it with --all or compare.")


def spread_options(command: F) -> F:
    """The options that say who does the work, and what one target may take."""
    return worker_options(
        click.option(
            "--time-limit",
            type=Number(min=1, max=86400),
            default=600.0,
            show_default=True,
            metavar="S",
            help="End a target that takes longer, and go on with the others.",
        )(command)
    )


def worker_options(command: F) -> F:
    """The options that say who does the work."""
    for option in reversed(
        (
            click.option(
                "--workers",
                type=click.IntRange(1, 256),
                metavar="N",
                help="Processes side by side, each with a target in a cell of its own.  [default: "
                "as many as cores, for a folder of servers]",
            ),
            click.option(
                "--scheduler",
                metavar="URL",
                help="Have the workers of this Dask scheduler do it, such as tcp://HOST:8786.",
            ),
            click.option(
                "--memory-limit",
                type=click.IntRange(256),
                default=2048,
                show_default=True,
                metavar="MIB",
                help="End a target that uses more memory, and go on with the others.",
            ),
        )
    ):
        command = option(command)
    return command


def given(context: click.Context) -> dict[str, Any]:
    """The options given on the command line, by their names in a configuration file."""
    from harness.settings.choices import NAMES

    said: dict[str, Any] = {}
    for parameter, value in context.params.items():
        name = _NAMES.get(parameter, parameter.replace("_", "-"))
        source = context.get_parameter_source(parameter)
        if name in NAMES and name != "command" and source is ParameterSource.COMMANDLINE:
            said[name] = value
    if "env" in said:
        said["env"] = dict(_assignment(text) for text in said["env"])
    return said


_NAMES = {"exitfirst": "fail-fast"}
"""Parameters that have another name in a configuration file."""


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageProblem(f"--env {shown(text)} is no assignment.", "Write it as NAME=VALUE.")
    return name, value


def choice_options(command: Any) -> Any:
    """The options that say which checks are performed and when a run ends."""
    for option in reversed(
        (
            click.option(
                "--only",
                multiple=True,
                metavar="PATTERN",
                shell_complete=checks,
                help="Only these checks (repeatable).",
            ),
            click.option(
                "--skip",
                multiple=True,
                metavar="PATTERN",
                shell_complete=checks,
                help="Not these checks (repeatable).",
            ),
            click.option(
                "--level", type=click.Choice(LEVELS), help="Checks of this level and above."
            ),
            click.option(
                "--effort",
                type=click.Choice(EFFORTS),
                default="normal",
                show_default=True,
                help="How long, not how strict: two seconds, some more, or some minutes.",
            ),
            run_options,
            click.option(
                "--jobs",
                type=click.IntRange(1, 16),
                default=10,
                show_default=True,
                metavar="N",
                help="Instances of the server to use side by side.",
            ),
            click.option(
                "-x", "--exitfirst", is_flag=True, help="Stop at the first failure that counts."
            ),
            click.option(
                "--fuzz",
                type=click.IntRange(min=0),
                metavar="N",
                help="Sessions of the short fuzz at the end (0: none).",
            ),
            click.option(
                "--corpus",
                metavar="DIR",
                help="Where failing plans are kept, for each target apart.",
            ),
            dictionary_option,
        )
    ):
        command = option(command)
    return command
