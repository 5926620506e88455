"""The catalogue as a page of markdown; ``python -m harness.contract.page`` prints it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from harness.contract.catalogue import FUZZ, GROUPS
from harness.contract.check import ALL, BASIS, EVERYWHERE, STREAMS, Check

INTRODUCTION = """\
# The echo contract

<!-- Generated from the catalogue by `python -m harness.contract.page > docs/contract.md`. -->

What an echo server owes its clients, as {total} clauses. Each is a check that
`echo-harness check` performs; `echo-harness explain ID` shows one of them in the terminal.

**Levels** are meant as in RFC 2119: a server that breaks a **must** does not conform, one that
breaks a **should** gets a warning (with `--strict` it does not conform either), and a **may** is
for information. RFC 862 has no such words; the levels are this project's own derivation, so each
clause says what it is based on:

{bases}

**Profiles** say what a server promises: to serve one connection and exit (one-shot), one
connection after another (sequential), or many at once (concurrent). A clause that has no meaning
for a profile is skipped there, and the report says so.

**Transports**: the clauses hold for streams over TCP and over Unix sockets alike, but for the few
that say what they hold for. Those of the group [datagram](#datagram) are for servers of datagrams
(UDP), which RFC 862 defines as well: of the others only the few that say so.
"""


def page() -> str:
    """All clauses, by group, in the order of the catalogue."""
    total = sum(map(len, GROUPS.values())) + 1
    bases = "\n".join(f"- **{key}**: {text}" for key, text in BASIS.items())
    parts = [INTRODUCTION.format(total=total, bases=bases), *_contents()]
    for name, checks in GROUPS.items():
        parts.append(f"\n## {name}\n\n{_purpose(name)}\n")
        parts += map(_clause, checks)
    parts.append("\n## fuzz\n\nClauses of all groups at once, in schedules drawn at random.\n")
    parts.append(_clause(FUZZ))
    return "".join(parts)


def _contents() -> Iterator[str]:
    yield "\n| group | must | should | may |\n| --- | --- | --- | --- |\n"
    for name, checks in {**GROUPS, "fuzz": (FUZZ,)}.items():
        levels = [check.level.value for check in checks]
        counts = " | ".join(str(levels.count(level)) for level in ("must", "should", "may"))
        yield f"| [{name}](#{name}) | {counts} |\n"


def _purpose(group: str) -> str:
    """The first sentence of the group's module, which begins with the group's name."""
    module = importlib.import_module(f"harness.contract.{group.replace('-', '_')}")
    first = " ".join((module.__doc__ or "").partition("\n\n")[0].split()).partition(": ")[2]
    return first[:1].upper() + first[1:]


def _transports(check: Check) -> str:
    if check.transports == STREAMS:
        return ""
    if check.transports == EVERYWHERE:
        return " · for servers of datagrams too"
    return f" · only over {', '.join(check.transports)}"


def _clause(check: Check) -> str:
    profiles = ", ".join(profile.value for profile in check.profiles)
    where = "" if check.profiles == ALL else f" · only {profiles}"
    where += _transports(check)
    lines = [
        f"\n### {check.id}\n",
        f"**{check.level.value}** · basis {check.basis}{where}\n",
        f"{_escaped(check.requirement)}\n",
        f"- Allowed: {_escaped(check.allowed)}",
    ]
    if check.hint:
        lines.append(f"- Hint: {_escaped(check.hint)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    sys.stdout.write(page())
