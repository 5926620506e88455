"""The sections and functions of an executable in the Executable and Linkable Format, elf(5).

Only what the constants need is read.  A file that is damaged, or of a kind that we do not know, has
none of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

MAGIC = b"\x7fELF"
X86_64, AARCH64, X86 = 62, 183, 3
"""e_machine."""
SHT_SYMTAB, STT_FUNC = 2, 2
MOST_SECTIONS = 512
MOST_SYMBOLS = 200_000


class Section(Struct, frozen=True):
    """A part of the file."""

    name: str
    kind: int
    address: int
    content: bytes
    link: int
    """Of a table of symbols: the number of the section with their names."""


class Program(Struct, frozen=True):
    """An executable."""

    machine: int
    wide: bool
    """Its addresses have 64 bits."""
    sections: tuple[Section, ...]

    def named(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    def functions(self) -> Iterator[tuple[str, int, int]]:
        """The name, address and size in bytes of each function; none if it was stripped."""
        table = next((s for s in self.sections if s.kind == SHT_SYMTAB), None)
        if table is None or table.link >= len(self.sections):
            return
        names = self.sections[table.link].content
        form = struct.Struct("<IBBHQQ" if self.wide else "<IIIBBH")
        whole = len(table.content) // form.size * form.size
        for fields in form.iter_unpack(table.content[: min(whole, MOST_SYMBOLS * form.size)]):
            name, info = fields[0], fields[1] if self.wide else fields[3]
            address, size = fields[4:6] if self.wide else fields[1:3]
            if info & 15 == STT_FUNC and size:
                yield _text(names, name), address, size


def program(content: bytes) -> Program | None:
    """The executable that ``content`` is; None if it is none of a little-endian machine."""
    try:
        return _program(content)
    except (struct.error, IndexError):
        return None


def _program(content: bytes) -> Program | None:
    if content[:4] != MAGIC or content[5] != 1:
        return None
    wide = content[4] == 2
    (machine,) = struct.unpack_from("<H", content, 18)
    (table,) = struct.unpack_from("<Q" if wide else "<I", content, 40 if wide else 32)
    size, count, of_names = struct.unpack_from("<HHH", content, 58 if wide else 46)
    form = struct.Struct("<IIQQQQII" if wide else "<IIIIIIII")
    headers = [
        form.unpack_from(content, table + i * size) for i in range(min(count, MOST_SECTIONS))
    ]
    names = headers[of_names]
    text = content[names[4] : names[4] + names[5]]
    sections = tuple(
        # .bss and its kin (SHT_NOBITS, 8) take no room in the file
        Section(
            _text(text, h[0]), h[1], h[3], b"" if h[1] == 8 else content[h[4] : h[4] + h[5]], h[6]
        )
        for h in headers
    )
    return Program(machine, wide, sections)


def _text(table: bytes, at: int) -> str:
    end = table.find(b"\0", at)
    return table[at : end if end >= 0 else len(table)].decode("utf-8", "replace")
