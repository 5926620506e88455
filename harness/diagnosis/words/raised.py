"""An exception that a target told of, and where it was raised."""

from __future__ import annotations

import re

from msgspec import Struct

LIBRARY = re.compile(
    r"/lib(64)?/python\d|/(site|dist)-packages/|^<frozen |<__array_function__"  # Python
    r"|^node:|^internal/|/node_modules/|^<anonymous>$|^native$"  # Node
    r"|/go(-?[\d.]+)?/src/|/go/pkg/mod/|/usr/lib/go"  # Go
    r"|^/rustc/|/\.cargo/registry/|/rustlib/src/"  # Rust
    r"|^(\.\./)+sysdeps|^(\.\./)+csu/|libsanitizer/|/glibc|^\.\./nptl|^/usr/include/"  # C
    r"|/usr/(local/)?(lib|share)/(x86_64[\w-]+/)?(perl|ruby)|^<internal:"  # Perl, Ruby
)
"""Files that the user has not written."""


class Frame(Struct, frozen=True):
    """A call that had not returned when the exception was raised."""

    file: str
    line: int
    function: str = ""
    source: str = ""
    """The line of the source, where the output shows it."""
    library: bool = False
    """It belongs to a library or to the language itself."""

    @property
    def name(self) -> str:
        """The file without its folders."""
        return self.file.rsplit("/", 1)[-1]


class Raised(Struct, frozen=True):
    """One exception, panic, failed assertion or line that names an error."""

    language: str
    """As the catalogue has it; ``""`` where several languages print the same."""
    kind: str
    """``UnicodeDecodeError``, ``panic``, ``AddressSanitizer``; ``error`` for a plain line."""
    message: str
    frames: tuple[Frame, ...] = ()
    """The call where it was raised is the last."""
    circumstance: str = ""
    """Where nobody caught it or what it disturbed: ``in thread Thread-1``, ``in a task``; for a
    report: it goes after "raised"."""
    fatal: bool = False
    """It ends the whole process, unless somebody only printed it."""
    wraps: bool = False
    """It was raised from the one before it, which tells more of the reason."""
    handling: bool = False
    """It was raised while the one before it was handled."""
    code: str = ""
    """``ECONNRESET``: the system's name of the error, where it is one of the system."""

    @property
    def frames_own(self) -> tuple[Frame, ...]:
        """Those in the user's own code."""
        return tuple(frame for frame in self.frames if not frame.library)

    @property
    def place(self) -> Frame | None:
        """Where in the user's own code it was raised, or what that code had called."""
        return self.frames_own[-1] if self.frames_own else None

    @property
    def file(self) -> str:
        return self.place.file if self.place else ""

    @property
    def line(self) -> int | None:
        return self.place.line if self.place else None

    @property
    def source(self) -> str:
        return self.place.source if self.place else ""

    @property
    def headline(self) -> str:
        """``KeyError: 7``: what it is, in one line."""
        if self.kind == "error":
            return self.message
        return f"{self.kind}: {self.message}" if self.message else self.kind

    @property
    def where(self) -> str:
        """``server.py:12, in serve: data.decode()``; empty where that is not known."""
        if (place := self.place) is None:
            return ""
        within = f", in {place.function}" if place.function else ""
        return f"{place.name}:{place.line}{within}" + (f": {place.source}" if place.source else "")


def framed(file: str, line: int | str, function: str = "", source: str = "") -> Frame:
    """A frame; whether it is a library's is told by its file."""
    library = LIBRARY.search(file) is not None
    return Frame(file, int(line), function, source.strip(), library)
