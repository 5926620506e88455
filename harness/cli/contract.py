"""``echo-harness list`` and ``explain``: the catalogue, for people."""

from __future__ import annotations

import textwrap

import click

from harness.cli.complete import checks
from harness.cli.options import LEVELS


@click.command("list")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    shell_complete=checks,
    help="Only these checks (repeatable).",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="PATTERN",
    shell_complete=checks,
    help="Not these checks (repeatable).",
)
@click.option("--level", type=click.Choice(LEVELS), help="Checks of this level and above.")
def list_checks(only: tuple[str, ...], skip: tuple[str, ...], level: str | None) -> None:
    """List the checks of the contract."""
    from harness.contract.catalogue import CHECKS, FUZZ, choose
    from harness.verdict import Level

    chosen = choose(only, skip, Level(level) if level else None)
    by_id = {check.id: check for check in (*CHECKS, FUZZ)}
    width = max(map(len, chosen))
    for check_id in chosen:
        check = by_id[check_id]
        click.echo(f"{check_id:{width}}  {check.level.value:6}  {check.requirement}")


@click.command()
@click.argument("check_id", metavar="CHECK", shell_complete=checks)
def explain(check_id: str) -> None:
    """Explain one check: what it requires, how it is provoked, what passes."""
    from harness.contract.catalogue import find
    from harness.contract.check import ALL, BASIS

    check = find(check_id)
    profiles = ", ".join(p.value for p in check.profiles) if check.profiles != ALL else "all"
    rows = [
        ("requires", check.requirement),
        ("allowed", check.allowed),
        ("level", check.level.value),
        ("basis", BASIS[check.basis]),
        ("profiles", profiles),
    ]
    if check.hint:
        rows.append(("usual bug", check.hint))
    click.echo(check.id)
    for name, text in rows:
        click.echo(
            textwrap.fill(text, 88, initial_indent=f"  {name:10} ", subsequent_indent=" " * 13)
        )
    click.echo(f"\nRun it alone:  echo-harness check --only {check.id} -- COMMAND")
