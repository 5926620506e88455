"""Options of ours that stand behind the --, where they go to the server.

Servers have options of the same names, and keep them.  So it is said only where a server did not
come up, and complains of the option or has no such word in its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.launcher.shell import as_typed

_COMPLAINS = re.compile(
    r"unrecogni[sz]ed|unknown|no such|not defined|unexpected|not (supported|recogni[sz]ed)|"
    r"(illegal|invalid|bad|unsupported) (option|flag|argument|switch)",
    re.IGNORECASE,
)
"""What getopt, argparse, click, flag of Go, clap, node and java say of an option they lack."""


def refused(ours: Iterable[Sequence[str]], output: str) -> list[Sequence[str]]:
    """Those of ``ours`` (each an option, and its value if it takes one) that the server's last
    ``output`` complains of."""
    lines = [line for line in output.splitlines() if _COMPLAINS.search(line)]
    return [words for words in ours if any(_names(words[0], line) for line in lines)]


def unheard_of(ours: Iterable[Sequence[str]], sources: Sequence[str]) -> list[Sequence[str]]:
    """Those of which ``sources``, the texts of the server's files, have no trace; none where there
    is no text.  Of an option of one letter a source tells nothing."""
    if not sources:
        return []
    long = [words for words in ours if words[0].startswith("--")]
    return [w for w in long if not any(_has(w[0], text) for text in sources)]


def hint(command: Sequence[str], ours: Sequence[Sequence[str]]) -> str:
    """How ``command`` was meant, if ``ours`` were meant for us."""
    names = list(dict.fromkeys(words[0].partition("=")[0] for words in ours))
    what = "is an option" if len(names) == 1 else "are options"
    moved = [word for words in ours for word in words]
    return (
        f"{' and '.join(names)} {what} of echo-harness, and those go before the --. "
        f"Write it as: {as_typed([*moved, '--', *_without(command, ours)])}"
    )


def _without(command: Sequence[str], ours: Iterable[Sequence[str]]) -> list[str]:
    rest = list(command)
    for words in ours:
        at = rest.index(words[0], 1)
        del rest[at : at + len(words)]
    return rest


def _names(option: str, line: str) -> bool:
    """Whether ``line`` is about ``option``; getopt names one of a letter without its dash."""
    bare = re.escape(option.partition("=")[0].lstrip("-"))
    before = r"(?<![\w-])-{1,2}" if len(bare) > 1 else r"(?<![\w])-{0,2}"
    loose = rf"{before}{bare}(?![\w-])|option:? '?{bare}(?![\w-])"
    return re.search(loose, line) is not None


def _has(option: str, text: str) -> bool:
    """Whether the name of ``option`` is a word of ``text``, as a name of Python too."""
    bare = option.partition("=")[0].lstrip("-")
    return (
        re.search(rf"(?<![A-Za-z]){re.escape(bare)}(?![A-Za-z])", text.replace("_", "-"))
        is not None
    )
