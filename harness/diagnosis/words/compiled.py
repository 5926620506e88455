"""Panics of Go and Rust, stack traces of Java."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from harness.diagnosis.words.errnos import named
from harness.diagnosis.words.raised import Frame, Raised, framed

_GO = re.compile(r"(?:http: )?(panic|fatal error|panic serving [\d.:\[\]]+): (.*)$")
_GO_LOG = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:\S+\.go:(\d+): )?(.+)$")
_GO_PLACE = re.compile(r"\s+(/?\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$")
_GOROUTINE = re.compile(r"goroutine (\d+) \[")
_ACCESS = re.compile(r"(Read|Write) at 0x\w+ by (.+):$")
_JAVA = re.compile(
    r"(Exception in thread \"(.+?)\" |Caused by: |)"
    r"((?:[a-zA-Z_]\w*\.)+[A-Z][\w$]*)(?:: (.*))?$"
)
_JAVA_AT = re.compile(r"\s+at (?:[\w.@]+/)?([\w.$<>]+)\((?:([\w$]+\.(?:java|kt|scala)):(\d+)|.*)\)")
_JAVA_OWN = re.compile(r"(java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|io\.netty)\.")
_RUST = re.compile(r"thread '(.*?)'(?: \(\d+\))? panicked at (?:'(.*)', )?(\S+?):(\d+):\d+:?$")
_RUST_AT = re.compile(r"\s+at (\S+?):(\d+)(?::\d+)?$")
_RUST_MAIN = re.compile(r"Error: (Os \{.*\}|Custom \{.*\}|[A-Z]\w* ?[({].*)$")
MOST = 200
"""Lines of one report."""


def read_go(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """A panic or fatal error with the goroutine where it happened, a race, a line of log.Fatal."""
    if lines[i] == "WARNING: DATA RACE":
        return _race(lines, i)
    if logged := _GO_LOG.match(lines[i]):
        code = named(logged[2])
        error = Raised("go", "error", logged[2], code=code)
        return ([error], i + 1) if code and "http: panic" not in logged[2] else None
    if not (found := _GO.match(lines[i])):
        return None
    start = next((k for k in range(i, min(i + 12, len(lines))) if _GOROUTINE.match(lines[k])), None)
    if start is None and found[1] == "fatal error" and "go" not in found[2]:
        return None
    number = _GOROUTINE.match(lines[start]) if start is not None else None
    frames, end = _go_frames(lines, i + 1 if start is None else start + 1)
    inside = "" if number is None or number[1] == "1" else "in a goroutine"
    served = found[1].startswith("panic serving")
    message = re.sub(r" \[recovered\].*| goroutine \d+ .*", "", found[2])
    kind = "panic" if served else found[1]
    end = _after_goroutines(lines, end)
    raised = Raised("go", kind, message, frames, inside, fatal=not served, code=named(message))
    return [raised], end


def _go_frames(lines: Sequence[str], i: int) -> tuple[tuple[Frame, ...], int]:
    frames: list[Frame] = []
    while i + 1 < len(lines) and lines[i].strip():
        place = _GO_PLACE.match(lines[i + 1])
        if place is None:
            break
        if not lines[i].startswith("created by "):
            function = re.sub(r"\([^()]*\)$", "", lines[i].strip())
            frames.insert(0, _of_go(place, function))
        i += 2
    return tuple(frames), i


def _of_go(place: re.Match[str], function: str) -> Frame:
    own = function.startswith("main.")
    frame = framed(place[1], place[2], function)
    return Frame(frame.file, frame.line, function, "", False) if own else frame


def _after_goroutines(lines: Sequence[str], i: int) -> int:
    """The line after the other goroutines, which say nothing of the reason."""
    most = min(len(lines), i + MOST)
    while i < most and (not lines[i].strip() or _GOROUTINE.match(lines[i]) or _is_pair(lines, i)):
        i += 2 if lines[i].strip() and _is_pair(lines, i) else 1
    return i


def _is_pair(lines: Sequence[str], i: int) -> bool:
    return i + 1 < len(lines) and _GO_PLACE.match(lines[i + 1]) is not None


def _race(lines: Sequence[str], i: int) -> tuple[list[Raised], int]:
    frames, _ = _go_frames(lines, i + 2)
    end = next(
        (k + 1 for k in range(i, min(i + MOST, len(lines))) if set(lines[k]) == {"="}), i + 1
    )
    access = _ACCESS.match(lines[i + 1]) if i + 1 < len(lines) else None
    what = f"{access[1].lower()} while another goroutine uses the same" if access else ""
    return [Raised("go", "data race", what, frames)], end


def read_java(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """An exception and what caused it; the cause comes first, as it happened first."""
    found = _JAVA.match(lines[i])
    if not found or found[1] == "Caused by: " or not _followed(lines, i):
        return None
    parts: list[Raised] = []
    thread = found[2] or ""
    outer: tuple[Frame, ...] = ()
    while found and (not parts or found[1] == "Caused by: "):
        frames, i = _java_frames(lines, i + 1)
        outer = outer or frames
        parts.insert(0, _of_java(found, frames or outer, thread))
        found = _JAVA.match(lines[i]) if i < len(lines) else None
    chained = [parts[0], *(replace(part, wraps=True) for part in parts[1:])]
    return chained, i


def _followed(lines: Sequence[str], i: int) -> bool:
    after = lines[i + 1] if i + 1 < len(lines) else ""
    return bool(_JAVA_AT.match(after)) or lines[i].startswith("Exception in thread")


def _java_frames(lines: Sequence[str], i: int) -> tuple[tuple[Frame, ...], int]:
    frames: list[Frame] = []
    while i < len(lines) and re.match(r"\s+(at |\.\.\. \d+|Suppressed: )", lines[i]):
        if found := _JAVA_AT.match(lines[i]):
            library = _JAVA_OWN.match(found[1]) is not None
            frames.insert(0, Frame(found[2] or "", int(found[3] or 0), found[1], "", library))
        i += 1
    return tuple(frames), i


def _of_java(found: re.Match[str], frames: tuple[Frame, ...], thread: str) -> Raised:
    inside = f"in thread {thread}" if thread and thread != "main" else ""
    kind, message = found[3].rsplit(".", 1)[-1], found[4] or ""
    return Raised(
        "java", kind, message, frames, inside, fatal=thread == "main", code=named(message)
    )


def read_rust(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """A panic, or the error that main() returned."""
    if main := _RUST_MAIN.match(lines[i]):
        return [Raised("rust", "Error", main[1], fatal=True, code=named(main[1]))], i + 1
    if not (found := _RUST.match(lines[i])):
        return None
    message = found[2] or ""
    i += 1
    if not message and i < len(lines):
        message, i = lines[i], i + 1
    frames, i = _rust_frames(lines, i)
    frame = framed(found[3], found[4])
    if all(one.library for one in frames) and not frame.library:
        frames = (*frames, frame)
    inside = "" if found[1] == "main" else "in a thread"
    raised = Raised("rust", "panic", message, frames, inside, fatal=not inside, code=named(message))
    return [raised], i


def _rust_frames(lines: Sequence[str], i: int) -> tuple[tuple[Frame, ...], int]:
    """Those of a backtrace, if the output has one."""
    frames: list[Frame] = []
    function = ""
    while i < len(lines) and re.match(r"\s+(\d+:|at )|stack backtrace:|note: ", lines[i]):
        if place := _RUST_AT.match(lines[i]):
            frame = framed(place[1], place[2], function)
            frames.insert(0, frame)
        else:
            function = lines[i].partition(": ")[2].strip()
        i += 1
    return tuple(frames), i
