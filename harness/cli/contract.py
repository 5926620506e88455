"""``echo-harness list`` and ``explain``: the catalogues of checks and of causes, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from harness.cli.complete import checks as ids
from harness.cli.complete import checks_and_causes
from harness.cli.options import LEVELS

if TYPE_CHECKING:
    from harness.contract.check import Check


@click.command("list")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    shell_complete=ids,
    help="Only these checks (repeatable).",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="PATTERN",
    shell_complete=ids,
    help="Not these checks (repeatable).",
)
@click.option("--level", type=click.Choice(LEVELS), help="Checks of this level and above.")
@click.option("--causes", is_flag=True, help="The bugs that a report may name, not the checks.")
def list_checks(
    only: tuple[str, ...], skip: tuple[str, ...], level: str | None, causes: bool
) -> None:
    """List the checks of the contract, or the causes of failures."""
    from harness.contract.catalogue import CHECKS, FUZZ, choose
    from harness.values.verdict import Level

    if causes:
        _list_causes(chosen=bool(only or skip or level))
        return
    chosen = choose(only, skip, Level(level) if level else None)
    by_id = {check.id: check for check in (*CHECKS, FUZZ)}
    width = max(map(len, chosen))
    for check_id in chosen:
        check = by_id[check_id]
        click.echo(f"{check_id:{width}}  {check.level.value:6}  {check.requirement}")


def _list_causes(chosen: bool) -> None:
    from harness.cli.causes import list_causes
    from harness.errors import UsageProblem

    if chosen:
        raise UsageProblem(
            "--causes goes with no other option: --only, --skip and --level choose checks.",
            "'echo-harness list --causes' lists all causes.",
        )
    list_causes()


@click.command()
@click.argument("name", metavar="CHECK|CAUSE", shell_complete=checks_and_causes)
def explain(name: str) -> None:
    """Explain one check, or one cause of failures.

    A check (chunking/prompt): what it requires, how it is provoked, what passes. A cause
    (single-read): the bug, what mends it, and a small server that has it. The name of a group
    (chunking) lists what is in it.
    """
    from harness.cli.causes import explain_cause
    from harness.contract.catalogue import find, group

    if checks := group(name):
        _explain_group(checks)
    elif not explain_cause(name):
        _look_among_both(name)
        _explain_check(find(name))


def _look_among_both(name: str) -> None:
    """Raise UsageProblem when ``name`` is no check, and rather a cause that is misspelt."""
    from harness.contract.catalogue import GROUPS, IDS
    from harness.diagnosis.catalogue import CAUSES
    from harness.errors import UsageProblem
    from harness.text.nearest import did_you_mean
    from harness.text.outside import shown

    if "/" in name or any(check_id.endswith(f"/{name}") for check_id in IDS):
        return
    near = did_you_mean(name, [*CAUSES, *GROUPS], cutoff=0.4)
    raise UsageProblem(
        f"there is no check and no cause {shown(name)}.",
        f"{near} 'echo-harness list' shows all checks, with --causes all causes.".lstrip(),
    )


def _explain_check(check: Check) -> None:
    from harness.contract.check import ALL, BASIS

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
    click.echo(f"  provoked   {_provoked(check)[0]}")
    for line in _provoked(check)[1:]:
        click.echo(textwrap.fill(line, 88, initial_indent=" " * 13, subsequent_indent=" " * 17))
    click.echo(f"\nRun it alone:  echo-harness check --only {check.id} -- COMMAND")


def _provoked(check: Check) -> list[str]:
    """The plan for the most capable profile that the check applies to, as lines; at least one."""
    from harness.contract.catalogue import FUZZ_ID
    from harness.contract.check import Context
    from harness.contract.steps import in_words

    if check.id == FUZZ_ID:
        return ["by plans drawn at random of all that the other checks do"]
    plan = check.plan(Context(profile=check.profiles[-1]))
    return in_words(plan) or ["by nothing: the addresses on which it listens are looked at"]


def _explain_group(checks: Iterable[Check]) -> None:
    """Each check with its level and what it requires."""
    for check in checks:
        click.echo(f"{check.id}  {check.level.value}")
        click.echo(
            textwrap.fill(check.requirement, 88, initial_indent="  ", subsequent_indent="  ")
        )
    click.echo(f"\nMore about one:    echo-harness explain {check.id}")
    click.echo(f"Run them alone:    echo-harness check --only {check.group} -- COMMAND")
