"""The constants of an executable: the texts of its read-only data, the numbers in its code."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator

from harness.constants import elf
from harness.values.dictionary import LONGEST, Constant, is_constant

MOST_CODE = 128 * 1024
"""Bytes of code in which numbers are looked for.  A server of a few pages has less; of what is
larger, most is the library's, and only functions are read that seem to be the user's own."""
MOST_DATA = 64 * 1024
"""The same for texts: the libraries of a static program have thousands."""
MOST_TEXTS = 200
READ_ONLY = (".rodata", ".rodata.str1.1", ".rodata.str1.8")
_TEXT = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{2,%d}(?=\0)" % LONGEST)
_OPERAND = (
    rb"(?:[\x38-\x3b\x3e\x3f\xf8-\xff]|\x3c.|\x3d....|[\x78-\x7b\x7d-\x7f].|\x7c.."
    rb"|[\xb8-\xbb\xbd-\xbf]....)"
)
"""x86: what may stand between the code of cmp with a number and the number: a register, or a place
in memory, with its displacement."""
_IN_EAX = rb"(?<![\x38-\x3b\x63\x80-\x8f\xb6\xc6\xc7\xfe\xff])\x3d"
"""cmp eax, imm32.  After these bytes it is the operand of another instruction."""
_COMPARES = tuple(
    re.compile(pattern, re.S)
    for pattern in (
        rb"\x81" + _OPERAND + rb"(....)",
        _IN_EAX + rb"(....)",
        rb"\x66\x81" + _OPERAND + rb"(..)",
        rb"\x66\x3d(..)",
        rb"[\x80\x83]" + _OPERAND + rb"(.)",
        rb"\x3c(.)",
    )
)
_MOVES_32 = re.compile(rb"[\xb8-\xbf](....)", re.S)
"""mov r32, imm32: sizes, mostly."""
LARGEST_COMPARED = 2**24
"""What looks like a larger number is more likely no number, but the middle of an instruction."""
_RUST = re.compile(r"_ZN(\d+)|_R")
_RUST_OWN = frozenset({"core", "std", "alloc", "compiler_builtins", "addr2line", "gimli", "object"})


def constants(content: bytes, name: str) -> list[Constant]:
    """The constants of the executable ``content``, the file ``name``; none of another file."""
    program = elf.program(content)
    if program is None:
        return []
    where = f"{name}, in its program"
    numbers = [Constant(n, where, compared) for n, compared in _numbers(program)]
    return [*numbers, *(Constant(text, where) for text in _texts(program))]


def _texts(program: elf.Program) -> Iterator[bytes]:
    sections = [section for section in program.sections if section.name in READ_ONLY]
    if sum(section.size for section in sections) > MOST_DATA:
        return
    data = b"\0".join(program.content(section, MOST_DATA) for section in sections)
    found = {match[0] for match in _TEXT.finditer(data)}
    yield from sorted(found, key=lambda text: (len(text), text))[:MOST_TEXTS]


def _numbers(program: elf.Program) -> Iterator[tuple[int, bool]]:
    """The numbers in its code that something is compared with, then those that are moved."""
    code = _code(program)
    if program.machine == elf.AARCH64:
        found = list(_of_arm(code))
    elif program.machine in (elf.X86_64, elf.X86):
        found = list(_of_x86(code))
    else:
        return
    seen = Counter(found)
    yield from (pair for pair in seen if is_constant(pair[0]) and pair[0] <= LARGEST_COMPARED)


def _of_x86(code: bytes) -> Iterator[tuple[int, bool]]:
    """Wherever such bytes stand, since nobody has told where instructions begin."""
    for pattern in _COMPARES:
        for match in pattern.finditer(code):
            yield int.from_bytes(match[1], "little"), True
    for match in _MOVES_32.finditer(code):
        yield int.from_bytes(match[1], "little"), False


def _of_arm(code: bytes) -> Iterator[tuple[int, bool]]:
    """cmp with a number of 12 bits, and mov with one of 16."""
    for (word,) in struct.iter_unpack("<I", code[: len(code) // 4 * 4]):
        if word & 0x7F80001F == 0x7100001F:
            yield (word >> 10 & 0xFFF) << (12 * (word >> 22 & 1)), True
        elif word & 0x7FE00000 == 0x52800000:
            yield word >> 5 & 0xFFFF, True  # a number that cmp cannot hold is moved, and compared


def _code(program: elf.Program) -> bytes:
    """The code of the user's own functions, as far as that can be told."""
    text = program.named(".text")
    if text is None:
        return b""
    if text.size <= MOST_CODE:
        return program.content(text, MOST_CODE)
    begin = text.offset - text.address
    parts = [
        program.file[begin + address :][: min(size, MOST_CODE)]
        for name, address, size in program.functions()
        if _is_own(name) and address >= text.address
    ]
    return b"".join(parts)[:MOST_CODE]


def _is_own(name: str) -> bool:
    """``main`` of C, the package main of Go, the crate of a Rust program."""
    if name == "main" or name.startswith("main."):
        return True
    found = _RUST.match(name)
    if found is None or found[1] is None:
        return False
    crate = name[found.end() :][: int(found[1])]
    return not crate.startswith("_$LT$") and crate not in _RUST_OWN
