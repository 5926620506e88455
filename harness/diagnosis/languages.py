"""In which language a target is written, as far as its command and its output tell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

INTERPRETERS = {
    "python": r"(python|pypy|ipython)[\d.]*|uvicorn|gunicorn|twistd|pipenv|poetry",
    "node": r"node(js)?|deno|bun|ts-node|tsx|npm|npx|yarn|pnpm",
    "java": r"java|javaw|jshell|mvn|gradle|gradlew|kotlin|scala",
    "go": r"go",
    "rust": r"cargo|rustc",
    "ruby": r"(ruby|irb)[\d.]*|bundle|rake",
    "perl": r"perl[\d.]*",
    "c": r"(gcc|g\+\+|clang|clang\+\+)(-\d+)?|cc|c\+\+|tcc",
}
"""The names of the programs that run or build what is written in a language."""
SHELLS = r"(ba|da|z|k|fi|a)?sh"
ENDINGS = {
    "python": ("py", "pyw", "pyc", "pyz"),
    "node": ("js", "mjs", "cjs", "ts", "mts"),
    "java": ("java", "jar", "class"),
    "go": ("go",),
    "rust": ("rs",),
    "ruby": ("rb",),
    "perl": ("pl", "pm"),
    "c": ("c", "cc", "cpp", "cxx", "h"),
    "shell": ("sh", "bash"),
}
OF_ENDING = {ending: language for language, endings in ENDINGS.items() for ending in endings}
MARKS = {
    "python": r"^(Traceback \(most recent call last\)|  File \".*\", line \d+)",
    "go": r"^(goroutine \d+ \[|panic: |fatal error: )",
    "rust": r"^\s*thread '.*'.* panicked at ",
    "java": r"^\s+at [\w$.<>/]+\([\w$]+\.(java|kt|scala):\d+\)|^Exception in thread \"",
    "node": r"^\s+at .*(:\d+:\d+\)?|\(node:internal.*\))$|^node:(internal|events)",
    "ruby": r"\.rb:\d+:in ",
    "perl": r" at \S+\.p[lm] line \d+\.",
    "c": r"(Address|Thread|Memory|Leak)Sanitizer|\*\*\* stack smashing|\.c(c|pp)?:\d+: .*Assertion",
}
"""What only programs in that language print, at a failure."""
MOST_WORDS = 40


def in_words(language: str) -> str:
    """``Python``: as people write the name."""
    return "Node.js" if language == "node" else language.capitalize()


def language_of(command: Sequence[str], output: str = "", source: str = "") -> str | None:
    """``python``, ``c``, ``node``, ``go``, ``java``, ``rust``, ``ruby``, ``perl``, ``shell``; None
    where nothing tells.

    ``output``: what the target wrote.  ``source``: the text of the file that the command runs; its
    first line may name an interpreter.
    """
    words = list(_words(command))[:MOST_WORDS]
    first = source.split("\n", 1)[0]
    if first.startswith("#!"):
        words += first[2:].split()
    found = next(filter(None, map(_of_word, words)), None)
    if found:
        return found
    for language, mark in MARKS.items():
        if re.search(mark, output, re.MULTILINE):
            return language
    return "shell" if any(re.fullmatch(SHELLS, _name(word)) for word in words) else None


def in_file(name: str, text: str, command: Sequence[str]) -> str | None:
    """The language of a file by the ending of its name; else that of ``command`` or of the first
    line of its ``text``."""
    if "." in name:
        return OF_ENDING.get(name.rpartition(".")[2])
    return language_of(command, source=text)


def _words(command: Sequence[str]) -> Iterator[str]:
    """The words, and those of a line that is handed to a shell."""
    for word in command:
        if re.search(r"\s", word):
            try:
                yield from shlex.split(word.split("\n", 1)[0], comments=True)
            except ValueError:
                yield from word.split()
        else:
            yield word


def _of_word(word: str) -> str | None:
    if re.search(r"(^|/)target/(debug|release)/", word):
        return "rust"
    name = _name(word)
    for language, names in INTERPRETERS.items():
        if re.fullmatch(names, name):
            return language
    stem, dot, ending = name.rpartition(".")
    return OF_ENDING.get(ending.lower()) if stem and dot else None


def _name(word: str) -> str:
    return word.rstrip(";&|").rsplit("/", 1)[-1]
