"""Stack traces of JavaScript: Node, and what follows its ways."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.diagnosis.words.errnos import named
from harness.diagnosis.words.raised import Frame, Raised, framed

_RAISED = re.compile(
    r"(?:\(node:\d+\) )?(?:error: )?((?:Uncaught |Unhandled\w+: )?(?:\(in promise\) )?)"
    r"([A-Z]\w*(?:Error|Exception|Rejection)|Error)(?: \[(\w+)\])?(?:: (.*))?$"
)
_FRAME = re.compile(r"\s+at (?:async )?(?:(.+?) \()?(?:file://)?([^()\s]+):(\d+):\d+\)?(?: \{)?$")
_AT = re.compile(r"\s+at \S")
_EXCERPT = re.compile(r"(?:file://)?(\S+\.[cm]?[jt]s|node:\S+):(\d+)$")
_CODE = re.compile(r"\s+code: '(\w+)'")
_FIELD = re.compile(r"\s+(code|syscall): '(\w+)'")
ENDED = re.compile(r"Node\.js v\d")
MOST = 25
"""Lines after a stack in which Node says more of the error."""


def read(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """The exception of the report that begins at line ``i``, and the line after it."""
    if i == 0 and (tail := _tail(lines)):
        return tail
    excerpt = _excerpt(lines, i)
    start = excerpt[1] if excerpt else i
    if start >= len(lines) or not (found := _RAISED.match(lines[start])):
        return None
    frames, end = _frames(lines, start + 1)
    if not frames and not excerpt:
        return None
    shown = excerpt[0] if excerpt else None
    if shown and not shown.library:
        frames = [*frames, shown] if _is_syntax(found[2]) else [_with(f, shown) for f in frames]
    rest, end = _rest(lines, end)
    uncaught = bool(excerpt) or bool(found[1]) or any(map(ENDED.match, rest))
    emitted = any(line.startswith("Emitted 'error' event") for line in rest)
    code = next((m[1] for line in rest if (m := _CODE.match(line))), found[3] or "")
    raised = Raised(
        "node",
        found[2],
        found[4] or "",
        tuple(frames),
        "as an 'error' event that nobody handles" if emitted else "",
        fatal=uncaught,
        code=code if code.startswith("E") and "_" not in code else named(found[4] or ""),
    )
    return [raised], end


def _tail(lines: Sequence[str]) -> tuple[list[Raised], int] | None:
    """The end of a report whose beginning is lost: its fields still name the system's error."""
    if not (_AT.match(lines[0]) or lines[0].startswith("Emitted 'error' event")):
        return None
    frames, start = _frames(lines, 0)
    rest, end = _rest(lines, start)
    fields = {m[1]: m[2] for line in rest if (m := _FIELD.match(line))}
    if "code" not in fields:
        return None
    message = " ".join(fields[name] for name in ("syscall", "code") if name in fields)
    code = named(fields["code"])
    fatal = any(map(ENDED.match, rest))
    return [Raised("node", "Error", message, tuple(frames), "", fatal, code=code)], end


def _excerpt(lines: Sequence[str], i: int) -> tuple[Frame, int] | None:
    """The source line that Node shows before the error, and where the error stands."""
    if not (found := _EXCERPT.match(lines[i])):
        return None
    for k in range(i + 1, min(i + 6, len(lines))):
        if re.fullmatch(r"\s*\^+", lines[k]):
            while k + 1 < len(lines) and not lines[k + 1]:
                k += 1
            return framed(found[1], found[2], "", lines[i + 1]), k + 1
    return None


def _frames(lines: Sequence[str], i: int) -> tuple[list[Frame], int]:
    """The frames from line ``i`` on (the innermost comes first there), and the line after."""
    frames: list[Frame] = []
    while i < len(lines) and _AT.match(lines[i]):
        if found := _FRAME.match(lines[i]):
            frames.insert(0, framed(found[2], found[3], found[1] or ""))
        i += 1
    return frames, i


def _rest(lines: Sequence[str], i: int) -> tuple[list[str], int]:
    """What Node adds: how the error was emitted, its fields, its own version."""
    rest: list[str] = []
    while i < len(lines) and len(rest) < MOST:
        line = lines[i]
        if not (not line or line.startswith(("Emitted '", "}", "  ")) or ENDED.match(line)):
            break
        rest.append(line)
        i += 1
    return rest, i


def _with(frame: Frame, shown: Frame) -> Frame:
    same = (frame.file, frame.line) == (shown.file, shown.line)
    return framed(frame.file, frame.line, frame.function, shown.source) if same else frame


def _is_syntax(kind: str) -> bool:
    return kind == "SyntaxError"
