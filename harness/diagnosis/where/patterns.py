"""The line that a cause is about, in other languages: patterns of a call, on code without comments.

Less certain than a parsed program: what is common in correct servers too is told from what is not
by what was seen of the server (``rules.sourced``).
"""

from __future__ import annotations

import re

from harness.diagnosis.where import blocks, patterns_c, patterns_more, patterns_node

HASH = ("python", "ruby", "perl")
"""Languages in which a comment begins with ``#``; in the others it is ``//``."""
_BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)

PATTERNS: dict[str, dict[str, str]] = {
    "c": patterns_c.PATTERNS,
    "node": patterns_node.PATTERNS,
    "go": patterns_more.GO,
    "java": patterns_more.JAVA,
    "rust": patterns_more.RUST,
    "ruby": patterns_more.RUBY,
    "perl": patterns_more.PERL,
}
UNLESS: dict[str, dict[str, str]] = {
    "c": patterns_c.UNLESS,
    "node": patterns_node.UNLESS,
    "go": patterns_more.UNLESS_GO,
    "java": patterns_more.UNLESS_JAVA,
    "rust": patterns_more.UNLESS_RUST,
    "ruby": {},
    "perl": patterns_more.UNLESS_PERL,
}
"""What makes a pattern say nothing, where the code has it anywhere."""


def lines(cause: str, source: str, language: str) -> list[int]:
    """The numbers of the lines that could be meant."""
    finder = blocks.FINDERS.get(language, {}).get(cause)
    if finder is not None:
        return list(finder(code_of(source, language)))
    pattern = PATTERNS.get(language, {}).get(cause)
    if pattern is None:
        return []
    code = code_of(source, language)
    unless = UNLESS[language].get(cause)
    if unless is not None and any(re.search(unless, line) for line in code):
        return []
    return [number for number, line in enumerate(code, 1) if re.search(pattern, line)]


def code_of(source: str, language: str) -> list[str]:
    """The lines without comments and includes; their numbers stay."""
    comment = "#" if language in HASH else "//"
    without = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), source)
    bare = [re.sub(rf"(^|\s){re.escape(comment)}.*", "", line) for line in without.split("\n")]
    return ["" if line.startswith("#include") else line for line in bare]
