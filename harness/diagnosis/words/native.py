"""What sanitizers, the C library and the system say of a C program; Perl and Ruby; plain lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.diagnosis.words.errnos import TEXTS, named
from harness.diagnosis.words.raised import Frame, Raised, framed

_SANITIZER = re.compile(
    r"(?:==\d+==\s?)?(?:ERROR|WARNING): "
    r"((?:Address|Thread|Memory|Leak|HWAddress)Sanitizer): (.+)$"
)
_SANITIZER_AT = re.compile(r"\s+#\d+ (?:0x\w+ in )?(.+?) (\S+?):(\d+)(?::\d+)?(?: \(.*\))?$")
_UNDEFINED = re.compile(r"(\S+?):(\d+):\d+: runtime error: (.+)$")
_VALGRIND = re.compile(
    r"==\d+== (Invalid (?:read|write|free).*|Use of uninitialised .*|Conditional jump .*"
    r"|Mismatched free.*|Syscall param .*)$"
)
_VALGRIND_AT = re.compile(r"==\d+==    (?:at|by) 0x\w+: (\S+) \((\S+?):(\d+)\)$")
_ASSERTION = re.compile(r"(?:.+?: )?(\S+?):(\d+): (?:(.+?): )?Assertion `(.*)' failed\.?$")
_GLIBC = re.compile(
    r"(\*\*\* (?:stack smashing|buffer overflow) detected \*\*\*.*"
    r"|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): .+"
    r"|double free or corruption.*|corrupted (?:size vs\.|double-linked).*"
    r"|pure virtual method called)$"
)
_WHAT = re.compile(r"terminate called after throwing an instance of '(.+)'$")
_SIGNALLED = re.compile(
    r"(?:.*?\b\d+ |.*?: )?(Segmentation fault|Bus error|Illegal instruction"
    r"|Floating point exception)(?: +\(core dumped\))?(?:  .*)?$"
)
_PERL = re.compile(r"(.+) at (\S+|\(eval \d+\)) line (\d+)(?:, <\S+> \w+ \d+)?\.$")
_PERL_WARNS = re.compile(
    r"Use of uninit|Argument \"|Wide character|Deep recursion|Odd number|print"
)
_RUBY = re.compile(r"(\S+?):(\d+):in ['`](.+?)': (.*?)(?: \(([A-Z][\w:]*)\))?$")
_RUBY_FROM = re.compile(r"\s+(?:\d+: )?from (\S+?):(\d+):in ['`](.+)'$")
_RUBY_THREAD = re.compile(r"#<Thread:.* terminated with exception")
_PLAIN = re.compile(
    r": (?:\[Errno \d+\] )?(" + "|".join(map(re.escape, TEXTS)) + r")\.?( \([^()]*\))?$"
)
_BESIDE = re.compile(r"is located (\d+ bytes? .*?\d+-byte region)")


def read_native(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """A report of a sanitizer, of valgrind, of assert() or of the C library."""
    line = lines[i]
    if found := _SANITIZER.match(line):
        frames, end = _stack(lines, i + 1, _SANITIZER_AT)
        message = re.sub(r" on (unknown )?address .*| \(pid=\d+\)", "", found[2])
        detail = _sanitizer_detail(lines[i + 1 : end + 20]) if "overflow" in message else ""
        fatal = "ERROR" in line and found[1] != "LeakSanitizer"
        raised = Raised("c", found[1], message + detail, frames, fatal=fatal)
        return [raised], _after_sanitizer(lines, end)
    if found := _VALGRIND.match(line):
        frames, end = _stack(lines, i + 1, _VALGRIND_AT)
        return [Raised("c", "valgrind", found[1], frames)], end
    if found := _UNDEFINED.match(line):
        return [Raised("c", "runtime error", found[3], (framed(found[1], found[2]),))], i + 1
    if found := _ASSERTION.match(line):
        place = framed(found[1], found[2], found[3] or "")
        return [Raised("c", "assertion failed", found[4], (place,), fatal=True)], i + 1
    if found := _WHAT.match(line):
        after = lines[i + 1] if i + 1 < len(lines) else ""
        what = re.match(r"\s+what\(\):\s+(.*)", after)
        message = what[1] if what else ""
        return [Raised("c", found[1], message, fatal=True, code=named(message))], i + 1 + bool(what)
    if found := _GLIBC.match(line) or _SIGNALLED.match(line):
        return [Raised("c", "error", found[1], fatal=True)], i + 1
    return None


def _stack(
    lines: Sequence[str], i: int, pattern: re.Pattern[str], most: int = 60
) -> tuple[tuple[Frame, ...], int]:
    """The first stack after line ``i``; the innermost call stands first there."""
    frames: list[Frame] = []
    for k in range(i, min(i + most, len(lines))):
        if found := pattern.match(lines[k]):
            frames.insert(0, framed(found[2], found[3], found[1]))
        elif frames and not re.match(r"\s+#\d+ ", lines[k]):
            return tuple(frames), k
    return tuple(frames), min(i + most, len(lines)) if frames else i


def _sanitizer_detail(lines: Sequence[str]) -> str:
    """``, write of size 1, 0 bytes after 1024-byte region``, as far as the report says so."""
    access = (re.match(r"(?:READ|WRITE) of size \d+", line) for line in lines)
    beside = (_BESIDE.search(line) for line in lines)
    words = [found[0].lower() for found in access if found][:1]
    words += [found[1] for found in beside if found][:1]
    return "".join(f", {part}" for part in words)


def _after_sanitizer(lines: Sequence[str], i: int) -> int:
    """The line after the summary, where the report has one."""
    for k in range(i, min(i + 120, len(lines))):
        if lines[k].startswith("SUMMARY: "):
            return k + 1
    return i


def read_ruby(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """An exception that Ruby prints, the call where it was raised first."""
    if not (found := _RUBY.match(lines[i])):
        return None
    frames = [framed(found[1], found[2], found[3])]
    thread = i > 0 and _RUBY_THREAD.match(lines[i - 1]) is not None
    i += 1
    while i < len(lines) and (place := _RUBY_FROM.match(lines[i])):
        frames.insert(0, framed(place[1], place[2], place[3]))
        i += 1
    kind, message = found[5] or "RuntimeError", found[4]
    inside = "in a thread" if thread else ""
    code = named(f"{kind.rpartition('::')[2]} {message}")
    return [Raised("ruby", kind, message, tuple(frames), inside, not thread, code=code)], i


def read_perl(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """What die() says; warnings look the same and are left out where they are known."""
    found = _PERL.match(lines[i])
    if not found or _PERL_WARNS.match(found[1]):
        return None
    frames = (framed(found[2], found[3]),)
    return [Raised("perl", "error", found[1], frames, fatal=True, code=named(found[1]))], i + 1


def read_plain(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """``accept: Too many open files``, as perror() and many others print it."""
    if not (found := _PLAIN.search(lines[i])):
        return None
    return [Raised("", "error", lines[i].strip(), code=TEXTS[found[1]])], i + 1
