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
SHT_SYMTAB, SHT_NOBITS, STT_FUNC, STT_FILE = 2, 8, 2, 4
MOST_SECTIONS = 512
MOST_SYMBOLS = 200_000
LONGEST_NAME = 256


class Section(Struct, frozen=True):
    """A part of the file: ``size`` bytes from ``offset`` on."""

    name: str
    kind: int
    address: int
    offset: int
    size: int
    link: int
    """Of a table of symbols: the number of the section with their names."""


class Program(Struct, frozen=True):
    """An executable."""

    file: bytes
    machine: int
    wide: bool
    """Its addresses have 64 bits."""
    sections: tuple[Section, ...]

    def named(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    def content(self, section: Section, most: int) -> bytes:
        """The first ``most`` bytes of a section.  What is filled with zeros is not in the file."""
        if section.kind == SHT_NOBITS:
            return b""
        return self.file[section.offset :][: min(section.size, most)]

    def functions(self) -> Iterator[tuple[str, int, int]]:
        """The name, address and size in bytes of each function; none if it was stripped."""
        for kind, name, address, size in self._symbols():
            if kind == STT_FUNC and size:
                yield name, address, size

    def files(self) -> Iterator[str]:
        """The names of the sources, as the linker was told them; none if it was stripped."""
        return (name for kind, name, _, _ in self._symbols() if kind == STT_FILE)

    def _symbols(self) -> Iterator[tuple[int, str, int, int]]:
        """The kind, name, address and size of each symbol."""
        table = next((s for s in self.sections if s.kind == SHT_SYMTAB), None)
        if table is None or table.link >= len(self.sections):
            return
        names = self.content(self.sections[table.link], len(self.file))
        form = struct.Struct("<IBBHQQ" if self.wide else "<IIIBBH")
        symbols = self.content(table, MOST_SYMBOLS * form.size)
        for fields in form.iter_unpack(symbols[: len(symbols) // form.size * form.size]):
            name, info = fields[0], fields[1] if self.wide else fields[3]
            address, size = fields[4:6] if self.wide else fields[1:3]
            if info & 15 in (STT_FUNC, STT_FILE):
                yield info & 15, _text(names, name), address, size


def program(file: bytes) -> Program | None:
    """The executable that ``file`` holds; None if it is none of a little-endian machine."""
    try:
        return _program(file)
    except (struct.error, IndexError, OverflowError):
        return None


def _program(file: bytes) -> Program | None:
    if file[:4] != MAGIC or file[5] != 1:
        return None
    wide = file[4] == 2
    (machine,) = struct.unpack_from("<H", file, 18)
    (table,) = struct.unpack_from("<Q" if wide else "<I", file, 40 if wide else 32)
    size, count, of_names = struct.unpack_from("<HHH", file, 58 if wide else 46)
    form = struct.Struct("<IIQQQQII" if wide else "<IIIIIIII")
    places = [table + i * size for i in range(min(count, MOST_SECTIONS))]
    headers = [form.unpack_from(file, place) for place in places]
    names = headers[of_names][4]
    sections = (
        Section(_text(file, names + h[0]), h[1], address=h[3], offset=h[4], size=h[5], link=h[6])
        for h in headers
    )
    return Program(file, machine, wide, tuple(sections))


def _text(table: bytes, at: int) -> str:
    return table[at : at + LONGEST_NAME].partition(b"\0")[0].decode("utf-8", "replace")
