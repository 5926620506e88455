"""Tracebacks of Python: plain, chained, in groups, in threads and in tasks."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from msgspec.structs import replace

from harness.diagnosis.words.errnos import named
from harness.diagnosis.words.raised import Frame, Raised, framed

BEGIN = "Traceback (most recent call last):"
CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
_FRAME = re.compile(r'  File "(.+)", line (\d+)(?:, in (.+))?$')
_RAISED = re.compile(r"([A-Za-z_]\w*(?:\.[\w<>]+)*)(?:: (.*))?$")
_IN_GROUP = re.compile(r"\s*[+|](-\+)?[ -]?")
_ALONE = re.compile(r"((?:\w+\.)*[A-Z]\w*(?:Error|Exception)|socket\.timeout): (.+)$")
_REPR = re.compile(r"\b([A-Z]\w*Error)\((?:(\d+), )?(['\"])(.+?)\3\)$")
_KNOWN = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
) | {"socket.timeout", "socket.gaierror", "struct.error"}
_CIRCUMSTANCES = (
    (re.compile(r"^Exception in thread (.+?):?$"), "in thread {}"),
    (
        re.compile(
            r"^(?:Exception ignored|Unhandled exception) in thread started by:? <(?:bound )?"
            r"(?:function|method) (\S+)"
        ),
        "in a thread of {}",
    ),
    (re.compile(r"^Exception ignored in: (?:<function )?(\S+)"), "in {}, and ignored"),
    (re.compile(r"^Task exception was never retrieved"), "in a task"),
    (re.compile(r"^Future exception was never retrieved"), "in a future"),
    (re.compile(r"^Unhandled exception in client_connected_cb"), "in the handler of a client"),
    (re.compile(r"^Fatal error: (?:protocol\.)?(\S+) call failed"), "in {}"),
    (re.compile(r"^Fatal (?:read|write|error) (?:error )?on "), "in a transport"),
    (re.compile(r"^Exception in callback (\S+)"), "in a callback"),
    (re.compile(r"^Exception (?:occurred|happened) during processing of request"), "in a handler"),
)
CODES = {
    "ConnectionResetError": "ECONNRESET",
    "ConnectionAbortedError": "ECONNABORTED",
    "BrokenPipeError": "EPIPE",
    "BlockingIOError": "EAGAIN",
    "InterruptedError": "EINTR",
}
MOST_SOURCE = 6
"""Lines of a call that goes over several."""
INTERRUPTED = 6
"""Lines of others that may stand between a frame and the exception: threads print, too."""


def read(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """The exceptions of the report that begins at line ``i``, and the line after it."""
    line = lines[i]
    if re.match(r"\s*\+ Exception Group ", line):
        return _group(lines, i)
    if line.endswith(BEGIN) or _FRAME.match(line):
        return _traceback(lines, i)
    if (alone := _ALONE.match(line)) and alone[1] in _KNOWN:
        return [_printed(alone[1], alone[2])], i + 1
    if (shown := _REPR.search(line)) and shown[1] in _KNOWN:
        return [
            _printed(shown[1], f"[Errno {shown[2]}] {shown[4]}" if shown[2] else shown[4])
        ], i + 1
    return None


def _printed(kind: str, message: str) -> Raised:
    """What a program that caught it has printed."""
    return Raised("python", kind, message, code=_code(kind, message))


def _group(lines: Sequence[str], i: int) -> tuple[list[Raised], int]:
    end = i
    while end < len(lines) and re.match(r"\s*[|+]", lines[end]):
        end += 1
    inside = [_IN_GROUP.sub("", line, count=1) for line in lines[i:end]]
    found: list[Raised] = []
    k = 0
    while k < len(inside):
        raised, after = read(inside, k) or ([], k)
        found += [replace(one, fatal=found[0].fatal) if found else one for one in raised]
        k = max(after, k + 1)
    return found, end


def _traceback(lines: Sequence[str], i: int) -> tuple[list[Raised], int] | None:
    """One traceback; the chain before it has been read already."""
    frames, end = _frames(lines, i + 1 if lines[i].endswith(BEGIN) else i)
    circumstance = circumstances(lines[max(0, i - 3) : i])
    for k in range(end, min(end + INTERRUPTED, len(lines))):
        line = lines[k]
        if (found := _RAISED.match(line)) and _is_exception(found) and not _is_said(lines, k, end):
            kind, message = found[1].removeprefix("__main__."), found[2] or ""
            before = [line for line in lines[max(0, i - 2) : i] if line]
            raised = Raised(
                "python",
                kind,
                message,
                frames,
                circumstance,
                fatal=not circumstance and _ends(frames, cut=not lines[i].endswith(BEGIN)),
                wraps=before[-1:] == [CAUSE],
                handling=before[-1:] == [CONTEXT],
                code=_code(kind, message),
            )
            return [raised], k + 1
        if _FRAME.match(line):
            return _traceback(lines, k)
    return None


def _ends(frames: Sequence[Frame], cut: bool) -> bool:
    """Whether nobody caught it: then the outermost frame is the program itself.

    ``cut``: the outermost frames are not there.
    """
    if cut:
        return any(not frame.library for frame in frames)
    return not frames or frames[0].function in ("<module>", "")


def _code(kind: str, message: str) -> str:
    return (named(message) if "Error" in kind or kind == "error" else "") or CODES.get(kind, "")


def _is_said(lines: Sequence[str], k: int, end: int) -> bool:
    """Whether line ``k`` is rather what another thread has said: exceptions are called in capitals,
    or with their module, and such a one comes soon, or further frames."""
    if not re.match(r"[a-z]\w*: ", lines[k]):
        return False
    soon = lines[k + 1 : min(end + INTERRUPTED, len(lines))]
    return any(_FRAME.match(s) or re.match(r"([a-z_]\w*\.)*[A-Z]\w*(: |$)", s) for s in soon)


def _is_exception(found: re.Match[str]) -> bool:
    name = found[1].rsplit(".", 1)[-1]
    return found[2] is not None or name[:1].isupper() or name in ("error", "timeout")


def _frames(lines: Sequence[str], i: int) -> tuple[tuple[Frame, ...], int]:
    """The frames from line ``i`` on, and the first line that belongs to none."""
    frames: list[Frame] = []
    while i < len(lines) and lines[i].startswith("  "):
        found = _FRAME.match(lines[i])
        i += 1
        if found is None:
            continue
        source, i = _source(lines, i)
        frames.append(framed(found[1], found[2], found[3] or "", source))
    return tuple(frames), i


def _source(lines: Sequence[str], i: int) -> tuple[str, int]:
    """The source that a frame shows from line ``i`` on, as one line, without its marks."""
    parts: list[str] = []
    while i < len(lines) and lines[i].startswith("    ") and len(parts) < MOST_SOURCE:
        if not re.fullmatch(r"[\s~^]+", lines[i]):
            parts.append(lines[i].strip())
        i += 1
    return " ".join(parts), i


def circumstances(before: Sequence[str]) -> str:
    """Where nobody caught an exception, told by the lines before its traceback; else nothing."""
    for line in reversed(before):
        for pattern, words in _CIRCUMSTANCES:
            if found := pattern.match(line):
                return words.format(*found.groups())
    return ""
