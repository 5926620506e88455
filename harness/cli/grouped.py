"""``--help`` of commands with many options: one list for each thing that they are about."""

from __future__ import annotations

import click

SECTIONS = {
    "The server": (
        *("--port", "--host", "--handler", "--connect", "--transport", "--launch"),
        *("--keep-stderr", "--profile", "--start-timeout", "--cwd", "--env", "--allow-remote"),
        *("--all", "--file", "--no-reference"),
    ),
    "The choice of checks": ("--only", "--skip", "--level", "--effort", "--strict"),
    "The run": (
        *("--patience", "--rate", "--seed", "--jobs", "--isolate", "--exitfirst", "--repeat"),
    ),
    "Many servers, many workers": (
        *("--workers", "--scheduler", "--time-limit", "--memory-limit"),
    ),
    "Fuzzing": ("--fuzz", "--corpus", "--sessions", "--time", "--forget-fixed", "--script"),
    "Output": ("--report", "--pcap", "--quiet", "--verbose", "--color", "--help"),
}
"""Heading to options, in the order in which they are shown."""


class GroupedCommand(click.Command):
    """A command that shows its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows: dict[str, tuple[str, str]] = {}
        for option in self.get_params(ctx):
            if isinstance(option, click.Option) and (record := option.get_help_record(ctx)):
                rows[max(option.opts, key=len)] = record
        for heading, names in SECTIONS.items():
            self._section(formatter, heading, [rows.pop(name) for name in names if name in rows])
        self._section(formatter, "Other options", list(rows.values()))

    def _section(
        self, formatter: click.HelpFormatter, heading: str, rows: list[tuple[str, str]]
    ) -> None:
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)
