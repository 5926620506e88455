"""The causes as a page of markdown; ``python -m harness.diagnosis.catalogue.page`` prints it."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator

from harness.diagnosis.catalogue import CAUSES, GROUPS, CauseKind
from harness.diagnosis.languages import in_words

INTRODUCTION = """\
# The causes

<!-- Generated: `python -m harness.diagnosis.catalogue.page > docs/causes.md`. -->

A failed check shows a symptom: bytes are missing, a connection ends too early. What a report names
is the likely bug behind it. These are the {total} bugs that it knows, each with what mends it and
with a small server: the lines with `-` have the bug, those with `+` stand in their place when it is
mended. `echo-harness explain CAUSE` shows one of them in the terminal. What the checks require is
in [the contract](contract.md).
"""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~]")


def page() -> str:
    """All causes, by group, in the order of the catalogue."""
    parts = [INTRODUCTION.format(total=len(CAUSES)), "\n| group | causes |\n| --- | --- |\n"]
    parts += (f"| [{name}](#{name}) | {_links(kinds)} |\n" for name, kinds in GROUPS.items())
    for name, kinds in GROUPS.items():
        parts.append(f"\n## {name}\n\n{_purpose(name)}\n")
        parts += map(_cause, kinds)
    return "".join(parts)


def _links(kinds: tuple[CauseKind, ...]) -> str:
    return ", ".join(f"[{kind.id}](#{kind.id})" for kind in kinds)


def _purpose(group: str) -> str:
    """What the first sentence of the group's module says, after the group's name."""
    module = importlib.import_module(f"harness.diagnosis.catalogue.{group}")
    first = (module.__doc__ or "").partition("\n\n")[0].partition(": ")[2].strip()
    return first[:1].upper() + first[1:]


def _cause(kind: CauseKind) -> str:
    return "\n".join([f"\n### {kind.id}\n", *_lines(kind)]) + "\n"


def _lines(kind: CauseKind) -> Iterator[str]:
    yield f"{_escaped(kind.sentence)} {_escaped(kind.sees)}\n"
    yield f"{_escaped(kind.mend)}\n"
    if kind.mends:
        yield from (f"- {in_words(name)}: {_escaped(mend)}" for name, mend in kind.mends)
        yield ""
    yield f"```diff\n{kind.example.difference}\n```"
    if kind.see:
        yield "\nOr it is:\n"
        yield from (f"- [{other}](#{other}): {_escaped(text)}" for other, text in kind.see)


def _escaped(text: str) -> str:
    """``text`` as it is, without any formatting."""
    return _MARKUP.sub(lambda found: "&lt;" if found[0] == "<" else f"\\{found[0]}", text)


if __name__ == "__main__":
    sys.stdout.write(page())
