"""Causes in the terminal: one with its example, those of a group, or all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

import click

from harness.diagnosis.catalogue import CAUSES, GROUPS, CauseKind
from harness.diagnosis.languages import in_words

COLUMNS = 88


def explain_cause(name: str) -> bool:
    """Print what is known of the cause ``name``, or the causes of that group; whether there is
    one."""
    if kinds := GROUPS.get(name.rstrip("/")):
        list_causes(kinds)
        click.echo("\nMore about one:  echo-harness explain CAUSE")
    elif kind := CAUSES.get(name):
        click.echo("\n".join(_lines(kind)))
    else:
        return False
    return True


def list_causes(kinds: Iterable[CauseKind] | None = None) -> None:
    """Print a line for each of ``kinds``; for each that there is."""
    width = max(map(len, CAUSES))
    for kind in CAUSES.values() if kinds is None else kinds:
        click.echo(f"{kind.id:{width}}  {kind.bug}")


def _lines(kind: CauseKind) -> Iterator[str]:
    yield kind.id
    yield from _row("bug", kind.sentence)
    yield from _row("you see", kind.sees)
    yield from _row("to mend", kind.mend)
    for language, mend in kind.mends:
        yield from _row("", mend, f"{in_words(language)}: ")
    for other, difference in kind.see:
        yield from _row("or it is", difference, f"{other}: ")
    yield f"\nA server with this bug ({in_words(kind.example.language)}):\n"
    yield textwrap.indent(kind.broken, "    ")
    yield "\nMended:\n"
    yield textwrap.indent(kind.mended, "    ")


def _row(name: str, text: str, before: str = "") -> list[str]:
    return textwrap.wrap(
        before + text,
        COLUMNS,
        initial_indent=f"  {name:10} ",
        subsequent_indent=" " * (13 + len(before)),
    )
