"""What a shell may complete: ids of checks and causes, target names, report formats."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def checks(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Ids, and the names of groups."""
    from harness.contract.catalogue import GROUPS, IDS

    names = [*IDS, *GROUPS] if "/" in text else [*(f"{group}/" for group in GROUPS), *IDS]
    return [CompletionItem(name) for name in names if name.startswith(text)]


def checks_and_causes(
    context: click.Context, parameter: click.Parameter, text: str
) -> list[CompletionItem]:
    """As ``checks``, and the ids of causes."""
    from harness.diagnosis.catalogue import CAUSES

    causes = [CompletionItem(name) for name in CAUSES if name.startswith(text)]
    return [*checks(context, parameter, text), *causes]


def targets(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """Target names of the configuration file; if none fits, files: a command may begin so."""
    from harness.errors import UsageProblem
    from harness.settings.config import find

    try:
        config = find()
    except UsageProblem:
        config = None
    known = (name for name in (config.targets if config else ()) if name.isprintable())
    names = [name for name in known if name.startswith(text)]
    return [CompletionItem(name) for name in names] or [CompletionItem(text, type="file")]


def formats(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    """``json=`` and so on."""
    from harness.report import FORMATS

    return [
        CompletionItem(f"{name}=", help=what)
        for name, what in FORMATS.items()
        if name.startswith(text)
    ]
