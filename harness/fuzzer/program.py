"""What the stand-alone programs of all cases share: how a template becomes one.

Whatever text of a case stands in a program is shown, and never obeyed.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from harness.fuzzer.case import BaseCase
from harness.text.outside import clipped
from harness.values import plan as p
from harness.values.plan import Payload

HEADER, CODE = "# {{header}}\n", "# {{code}}\n"
PLAN, END = "# {{plan}}\n", "# {{end}}\n"
MOST_OF_MESSAGE = 500
"""Characters of the finding that are told."""
WIDTH = 95


def made(template: Path, docstring: str, plan: str) -> str:
    """The program in ``template`` with what stands between its marks replaced: the comment at
    the top by ``docstring``, the example by ``plan``."""
    first, _, rest = template.read_text(encoding="utf-8").partition(HEADER)
    before, _, rest = rest.partition(CODE)[2].partition(PLAN)
    after = rest.partition(END)[2]
    parts = (before.strip("\n"), plan, after.strip("\n"))
    return first + docstring + "\n\n\n".join(parts) + "\n"


def docstring(case: BaseCase, *lines: str) -> str:
    """What the program is about: what failed, who wrote this, and ``lines``."""
    finding = case.findings[0] if case.findings else None
    what = clipped(finding.message if finding else "a failure", MOST_OF_MESSAGE).rstrip(".")
    what = what.replace('"', "'").replace("%(", "% (")  # argparse would replace %(...) in it
    by = f"Written by {case.tool} {clipped(case.version)}, seed {case.seed}; it failed {case.rate}."
    whole = (f"{what[:1].upper()}{what[1:]}.", "", by, *lines)
    wrapped = [part for line in whole for part in textwrap.wrap(line, WIDTH) or [""]]
    return '"""' + "\n".join(map(_quoted, wrapped)) + '\n"""\n\n'


def _quoted(text: str) -> str:
    """Printable ``text`` as part of a docstring."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def literal(payload: Payload) -> str:
    """``payload`` as an expression of the program, which has the functions that it calls."""
    match payload:
        case p.Literal():
            return repr(payload.value)
        case p.Random():
            return f"random_bytes({payload.seed}, {payload.size})"
        case p.Plain():
            return f"plain_bytes({payload.seed}, {payload.size})"
        case p.Repeat() if len(payload.unit) == 1:
            return f"{payload.unit!r} * {payload.size}"
        case p.Repeat():
            return f"repeated({payload.unit!r}, {payload.size})"
