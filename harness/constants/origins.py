"""What an executable says of the sources that it was made of: their language, and their names.

Go keeps the path of each source for its tracebacks, Rust those of lines that may panic, and a
table of symbols the name of each file in C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.constants import elf

MOST_TABLE = 4 << 20
"""Bytes of a section that are searched."""
MOST_NAMES = 40
"""Sources of a small server."""
_GO_FILE = re.compile(rb"(?<=\0)/[^\0-\x1f]{1,400}?\.go(?=\0)")
_RUST_FILE = re.compile(rb"(?<=\0)[^\0-\x1f]{1,400}?\.rs(?=\0)")
_ITS_RUNTIME = re.compile(rb"(?<=\0)(/[^\0-\x1f]{0,400}?/src/)runtime/proc\.go(?=\0)")
_OF_OTHERS = ("/pkg/mod/", "/vendor/", "/rustc/", "/rust/deps/", "/.cargo/")
"""Where the sources of libraries are."""


def language(content: bytes) -> str | None:
    """``go``, ``rust`` or ``c`` (C++ as well): what the compiler has left; None where nothing."""
    program = elf.program(content)
    if program is None:
        return None
    if program.named(".go.buildinfo") or program.named(".note.go.buildid"):
        return "go"
    comment = program.named(".comment")
    made_by = program.content(comment, MOST_TABLE) if comment else b""
    if b"rustc version" in made_by:
        return "rust"
    return "c" if b"GCC:" in made_by or b"clang version" in made_by else None


def source_names(content: bytes) -> list[str]:
    """The names of its own sources: paths in Go, and what its compiler was told in other languages.

    None of a program that is made of many: it is an interpreter, or no small server.
    """
    program = elf.program(content)
    if program is None:
        return []
    found = _go(program) or [*_symbols(program), *_rust(program)]
    own = [name for name in dict.fromkeys(found) if not any(one in name for one in _OF_OTHERS)]
    return own if len(own) <= MOST_NAMES else []


def _go(program: elf.Program) -> list[str]:
    table = program.named(".gopclntab") or program.named(".data.rel.ro.gopclntab")
    if table is None:
        return []
    content = program.content(table, MOST_TABLE)
    root = _ITS_RUNTIME.search(content)
    paths = [match[0] for match in _GO_FILE.finditer(content)]
    return [p.decode("utf-8", "replace") for p in paths if root is None or root[1] not in p]


def _symbols(program: elf.Program) -> Iterator[str]:
    return (name for name in program.files() if name.endswith((".c", ".cc", ".cpp", ".cxx")))


def _rust(program: elf.Program) -> Iterator[str]:
    section = program.named(".rodata")
    if section is not None and language(program.file) == "rust":
        content = program.content(section, MOST_TABLE)
        yield from (match[0].decode() for match in _RUST_FILE.finditer(content))
