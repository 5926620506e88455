"""``echo-harness fuzz`` and ``replay``."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import click

from harness.cli.choosing import TargetCommand, reference_option, run_of
from harness.cli.complete import targets
from harness.cli.options import (
    Number,
    dictionary_option,
    output_options,
    run_options,
    target_options,
    worker_options,
)


@click.command(cls=TargetCommand)
@target_options
@reference_option
@run_options
@click.option("--sessions", type=click.IntRange(min=1), metavar="N", help="End after N sessions.")
@click.option(
    "--time",
    "seconds",
    type=Number(min=0, min_open=True),
    metavar="S",
    help="End after S seconds.  [default: 60, without --sessions]",
)
@click.option(
    "--corpus",
    metavar="DIR",
    help="Where failing plans are kept, for each target apart, and tried first.",
)
@dictionary_option
@click.option("--forget-fixed", is_flag=True, help="Remove kept plans that pass now.")
@worker_options
@output_options
@click.argument(
    "command",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=targets,
    metavar="[NAME | COMMAND...]",
)
@click.pass_context
def fuzz(context: click.Context, /, command: tuple[str, ...], **options: Any) -> None:
    """Fuzz the server that COMMAND starts, until --sessions or --time is used up.

    What fails is shrunk to the smallest plan that fails and kept as a case file. Sessions may be
    spread over --workers or those of a --scheduler; what is found depends on the seed alone.

    \b
    echo-harness fuzz --time 300 -- python server.py
    """
    from harness.api import fuzz_settings
    from harness.cli.running import Output, report_events, require, run_and_report
    from harness.cli.spread import chosen

    output = Output(**{name: options[name] for name in Output._fields})
    run = fuzz_settings(
        run_of(context, command),
        options["sessions"],
        options["seconds"],
        forget_fixed=options["forget_fixed"],
    )
    spread = chosen(options)
    if not spread.wanted:
        sys.exit(run_and_report(run, output))
    from harness.errors import UsageProblem
    from harness.host.interruption import interruption
    from harness.running.engine import require as require_settings
    from harness.spreading.fuzzing import Fuzzing

    if run.target.connect is not None:
        raise UsageProblem(
            "--connect is one server, and several workers would be in each other's way.",
            "Give its command: each worker launches one of its own.",
        )
    spread.must_fit({"": run})
    require(output, run)
    require_settings(run)
    with contextlib.closing(spread.crew(fresh=False)) as crew:
        events = Fuzzing(run, crew, interruption.asked).events()
        sys.exit(report_events(events, output).exit_code)


@click.command(cls=TargetCommand)
@target_options
@reference_option
@run_options
@click.option(
    "--repeat",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    metavar="N",
    help="Perform it N times, each on a fresh target.",
)
@click.option(
    "--script",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Perform nothing: write a stand-alone program that shows the bug (- is stdout).",
)
@output_options
@click.argument("case", type=click.Path(dir_okay=False), metavar="CASE")
@click.argument(
    "command",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=targets,
    metavar="[NAME | COMMAND...]",
)
@click.pass_context
def replay(
    context: click.Context,
    /,
    case: str,
    command: tuple[str, ...],
    repeat: int,
    script: str | None,
    **options: Any,
) -> None:
    """Perform a saved plan again: CASE is a file that fuzz or check has kept.

    \b
    echo-harness replay .echo-harness/mine-1a2b3c4d/CASE-lost-1234567890.json mine
    """
    from pathlib import Path

    from harness.cli.running import Output, report_events, require
    from harness.fuzzer.datagrams.case import load_any
    from harness.host.interruption import interruption
    from harness.running.replaying import replay as events

    saved = load_any(Path(case))
    if script is not None:
        write_script(saved, script)
        return
    output = Output(**{name: options[name] for name in Output._fields})
    require(output)
    run = events(
        saved, run_of(context, command), path=case, repeat=repeat, asked=interruption.asked
    )
    sys.exit(report_events(run, output).exit_code)


def write_script(case: Any, path: str) -> None:
    """The stand-alone program for ``case``.  Raises UsageProblem when it cannot be written."""
    from pathlib import Path

    from harness.errors import UsageProblem
    from harness.fuzzer.datagrams.case import DatagramCase
    from harness.fuzzer.datagrams.script import script_for as datagram_script_for
    from harness.fuzzer.script import script_for
    from harness.host.written import write_whole
    from harness.report import STDOUT
    from harness.report.sink import reason

    text = datagram_script_for(case) if isinstance(case, DatagramCase) else script_for(case)
    if path == STDOUT:
        click.echo(text, nl=False)
        return
    try:
        write_whole(Path(path), text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {reason(error)}.", "Check --script."
        ) from error
