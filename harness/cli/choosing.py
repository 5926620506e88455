"""From the words of a command line to the run that they ask for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.grouped import GroupedCommand
from harness.cli.options import F, given
from harness.errors import UsageProblem
from harness.host.platforms import require_linux

if TYPE_CHECKING:
    from harness.settings.config import Config
    from harness.settings.run import Settings


class RunCommand(GroupedCommand):
    """A command that runs servers.  Raises UsageProblem where that is not possible."""

    def invoke(self, ctx: click.Context) -> Any:
        require_linux()
        return super().invoke(ctx)


class TargetCommand(RunCommand):
    """A command whose arguments are a target's name or, after ``--``, a command line.

    A shell turns ``-- $SERVER`` into a ``--`` with nothing after it when SERVER is unset.  click
    drops the ``--``, and the command would test the reference server.  So this is an error.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["dashes"] = "--" in args
        if args[-1:] == ["--"] and not ctx.resilient_parsing:
            raise UsageProblem("nothing follows the --; is a variable of the shell empty?", START)
        return super().parse_args(ctx, args)


START = "Write there what starts the server."


def reference_option(command: F) -> F:
    """The option for scripts, where a missing command is a mistake."""
    return click.option(
        "--no-reference",
        is_flag=True,
        help="Without NAME, COMMAND, --handler or --connect, end with 2: do not test the "
        "reference server.",
    )(command)


def run_of(context: click.Context, words: Sequence[str]) -> Settings:
    """The run for ``words``: a configured name, a command, or nothing for the reference.

    Raises UsageProblem.
    """
    from harness.settings.choices import REFERENCE, split
    from harness.settings.config import find, plain_run

    options, config = given(context), find()
    if words and not words[0].strip():
        raise UsageProblem("the command is empty; is a variable of the shell empty?", START)
    if len(words) == 1 and not context.meta.get("dashes"):
        if config is not None and words[0] in config.targets:
            return config.run(words[0], options)
        if " " in words[0].strip() and not Path(words[0]).exists():
            words = split(words[0])  # a whole command line in quotes
        else:
            _must_be_a_command(words[0], config)
    if words:
        options["command"] = tuple(words)
    elif not {"connect", "handler"} & set(options):
        if context.params.get("no_reference"):
            raise UsageProblem(
                "there is neither a command nor a target's name.",
                "Write what starts the server after --, or leave out --no-reference.",
            )
        options["command"] = (*REFERENCE, *_spoken(options))
        _remind(config)
        import msgspec

        return msgspec.structs.replace(plain_run(config, options), reference=True)
    import msgspec

    ours = tuple(_ours(context, words))
    _remind_of_reports(words, ours)
    return msgspec.structs.replace(plain_run(config, options), ours=ours)


def _remind_of_reports(command: Sequence[str], ours: Sequence[Sequence[str]]) -> None:
    """Say that a report behind the ``--`` will not be written: nobody else writes it like that."""
    from harness.report import FORMATS

    reports = [
        words
        for words in ours
        if words[0].partition("=")[0] == "--report"
        and words[-1].removeprefix("--report=").partition("=")[0] in FORMATS
    ]
    if reports:
        from harness.launcher.misplaced import hint
        from harness.report.sink import tell

        tell(f"note: {hint(command, reports)}")


def _ours(context: click.Context, words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The words behind the ``--`` that are options of ours, each with the value that follows."""
    known = {
        name: option
        for option in context.command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    for at, word in enumerate(words if context.meta.get("dashes") else ()):
        name, equals, _ = word.partition("=")
        if at and (option := known.get(name)) is not None:
            alone = bool(equals) or option.is_flag or option.count
            yield tuple(words[at : at + (1 if alone else 2)])


def _spoken(options: Mapping[str, Any]) -> tuple[str, ...]:
    """What lets the reference server listen on the transport that was asked for."""
    if options.get("launch", "listen") != "listen":
        return ()  # it serves what it is given
    return {"unix": ("--unix", "{path}"), "udp": ("--udp",)}.get(
        options.get("transport", "tcp"), ()
    )


def _must_be_a_command(word: str, config: Config | None) -> None:
    """A word that is neither a target nor a program is likely a misspelt name."""
    if shutil.which(word) or Path(word).exists() or "{" in word:
        return
    _must_not_be_a_check(word)
    if config is not None and config.targets:
        config.target(word)  # raises, and names the nearest
    raise UsageProblem(
        f"{word!r} is neither a command nor a target's name.",
        "Targets get names in pyproject.toml or echo-harness.toml; a command is best written "
        "after --.",
    )


def _must_not_be_a_check(word: str) -> None:
    from harness.contract.catalogue import IDS, group

    if word in IDS or group(word):
        raise UsageProblem(
            f"{word!r} is part of the contract, not a server.",
            f"Choose what is checked with --only {word.rstrip('/')}; what starts the server stands "
            "after --.",
        )


def _remind(config: Config | None) -> None:
    """Say that the reference server is checked: a user with configured targets may expect those."""
    if config is not None and config.targets:
        from harness.report.sink import tell

        names = ", ".join(config.targets)
        tell(
            f"note: this checks the reference server; targets of {config.path}: {names} (or --all)"
        )
