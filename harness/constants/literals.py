"""The constants in a source of any other language, found by the way literals are written.

No language is parsed.  C, Go, Rust, Java, JavaScript and their kin write numbers, strings and
comments nearly alike; scripts begin their comments with ``#``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from harness.values.dictionary import Constant, is_constant

BEFORE = 80
"""Characters of the same line that say what a constant is for."""
MOST_FOUND = 2000
"""Constants of one file; a table of more of them gives nothing away."""

HASH = frozenset(
    {"py", "rb", "pl", "pm", "sh", "bash", "tcl", "awk", "ex", "exs", "r", "lua", "nim"}
)
"""Endings of files in whose language ``#`` begins a comment."""
_STRING = r'(?P<string>[bBuU]?"(?:[^"\\\n]|\\.)*")'
_QUOTED = r"(?P<quoted>[bB]?'(?:[^'\\\n]|\\.)*')"
_BACK = r"(?P<back>`[^`]*`)"
_NUMBER = (
    r"(?P<number>(?<![\w.$])(?:0[xX][0-9a-fA-F](?:[_']?[0-9a-fA-F])*|0[bB][01_]+|0[oO][0-7_]+"
    r"|\d(?:[_']?\d)*)(?:[uUlLnN]{1,3}|_?[iu](?:8|16|32|64|size))?(?![\w.]))"
)
_TOKEN = {
    True: re.compile(rf"(?P<comment>#[^\n]*)|{_STRING}|{_QUOTED}|{_NUMBER}"),
    False: re.compile(
        rf"(?P<comment>//[^\n]*|/\*.*?\*/|^[ \t]*#[ \t]*include[^\n]*)"
        rf"|{_STRING}|{_QUOTED}|{_BACK}|{_NUMBER}",
        re.S | re.M,
    ),
}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u\{?[0-9a-fA-F]{1,6}\}?|[0-7]{1,3}|.)", re.S)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_OPERATOR = r"(?:===?|!==?|<=?|>=?|%|=~)"
_BEFORE = re.compile(
    rf"(?:(?<![<=-]){_OPERATOR}|\b(?:case|when|in|eq|ne))\s*\(*(?:\w[\w ]*\)\s*)?$"
    r"|\b(?:memcmp|strstr|strn?cmp|memchr|strchr|memmem|starts_?with|ends_?with|HasPrefix|HasSuffix"
    r"|startsWith|endsWith|indexOf|includes|Index|Contains|contains|Equal|equals|slice|subarray"
    r"|split|find|match)\w*\s*\((?:[^()]|\([^()]*\))*(?:\w*\(\s*)?$"
)
_AFTER = re.compile(rf"\s*{_OPERATOR}(?!=)")
_NAMED = re.compile(
    r"(?:#\s*define\s+(\w+)\s+\(*|\b(\w+)(?:\[\w*\])?\s*(?::\s*&?'?\w[\w ]*)?\s*:?=\s*)$"
)
_COMPARED_NAMES = (
    re.compile(rf"{_OPERATOR}\s*([A-Za-z_]\w*)"),
    re.compile(rf"([A-Za-z_]\w*)\s*{_OPERATOR}"),
)
_TIMES = re.compile(r"\s*(\*|<<)\s*(\d+)\b")


def constants(source: str, name: str) -> list[Constant]:
    """The constants of ``source``, which stands in the file ``name``."""
    names = {name for pattern in _COMPARED_NAMES for name in pattern.findall(source)}
    return list(islice(_found(source, name, names), MOST_FOUND))


def _found(source: str, name: str, names: set[str]) -> Iterator[Constant]:
    pattern = _TOKEN[name.rpartition(".")[2].lower() in HASH]
    line, counted, end = 1, 0, 0
    for token in pattern.finditer(source):
        if token.start() < end:
            continue  # the second factor of a product
        line, counted = line + source.count("\n", counted, token.start()), token.start()
        value, end = _value(token, source)
        if value is not None and is_constant(value):
            yield Constant(value, f"{name}, line {line}", _decides(source, token, end, names))


def _value(token: re.Match[str], source: str) -> tuple[int | bytes | None, int]:
    """The constant, and where it ends."""
    text = token[0]
    match token.lastgroup:
        case "number":
            return _number(text, source, token.end())
        case "string" | "quoted":
            return _unescaped(text.lstrip("bBuU")[1:-1]), token.end()
        case "back":
            return text[1:-1].encode(), token.end()
        case _:
            return None, token.end()


def _number(text: str, source: str, end: int) -> tuple[int | None, int]:
    digits = re.sub(r"[_']|(?:[uUlLnN]{1,3}|_?[iu](?:8|16|32|64|size))$", "", text)
    digits = re.sub(r"^0(?=\d)", "0o", digits) if re.fullmatch(r"0[0-7]+", digits) else digits
    try:
        number = int(digits, 0) if len(digits) <= 12 else -1
    except ValueError:
        return None, end
    if (more := _TIMES.match(source, end)) and len(more[2]) <= 10:
        other = int(more[2])
        if more[1] == "*":
            return number * other, more.end()
        return (number << other if other <= 32 else -1), more.end()
    return number, end


def _unescaped(text: str) -> bytes:
    """The bytes that a literal stands for.  ``\\xa7`` is one byte, as in C and Go."""
    parts: list[bytes] = []
    at = 0
    for found in _ESCAPE.finditer(text):
        parts += [text[at : found.start()].encode("utf-8", "replace"), _escaped(found[1])]
        at = found.end()
    return b"".join([*parts, text[at:].encode("utf-8", "replace")])


def _escaped(code: str) -> bytes:
    if code[0] == "x" and len(code) == 3:
        return bytes([int(code[1:], 16)])
    if code[0] == "u" and len(code) > 1:
        number = int(code[1:].strip("{}"), 16)
        return chr(min(number, 0x10FFFF)).encode("utf-8", "replace")
    if code[0] in "01234567" and code != "0":
        return bytes([int(code, 8) & 255])
    return _LETTERS.get(code, code).encode("utf-8", "replace")


def _decides(source: str, token: re.Match[str], end: int, names: set[str]) -> bool:
    """Whether something is compared with it there, or with what it is given as a name."""
    begin = source.rfind("\n", 0, token.start()) + 1
    before = source[max(begin, token.start() - BEFORE) : token.start()]
    if _BEFORE.search(before) or _AFTER.match(source, end):
        return True
    named = _NAMED.search(before)
    return named is not None and (named[1] or named[2]) in names
