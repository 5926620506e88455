"""Which class of a Java source file is to be started: the one around its ``main``."""

from __future__ import annotations

import re

_NO_CODE = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | \"{3}.*?\"{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)
_PACKAGE = re.compile(r"\bpackage\s+([\w.]+)\s*;")
_TOKEN = re.compile(
    r"[{}] | \b(?:class|record|enum|interface)\s+(\w+) | \bvoid\s+main\b", re.VERBOSE
)


def main_class(source: str) -> str | None:
    """Its full name; None where no class has a ``main``.

    >>> main_class("package a.b; class Help {} class Server { static void main(String[] x) {} }")
    'a.b.Server'
    """
    code = _NO_CODE.sub(" ", source)
    package = _PACKAGE.search(code)
    depth, outermost = 0, None
    for token in _TOKEN.finditer(code):
        if token[0] in "{}":
            depth += 1 if token[0] == "{" else -1
        elif token[1] is None:
            return f"{package[1]}.{outermost}" if package and outermost else outermost
        elif depth == 0:
            outermost = token[1]
    return None
