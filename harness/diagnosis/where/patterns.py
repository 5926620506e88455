"""The line that a cause is about, in other languages: patterns of a call, on code without comments.

Much less certain than a parsed program, so only what is unmistakable is here.
"""

from __future__ import annotations

import re

LINE_COMMENTS = {"c": "//", "node": "//", "go": "//", "java": "//", "rust": "//"}
_BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)

PATTERNS: dict[str, dict[str, str]] = {
    "c": {
        "short-send-ignored": r"^\s*(\(void\)\s*)?(write|send)\s*\(",
        "restart-fails": r"\bbind\s*\(",
        "cut-at-nul": r"\bstrlen\s*\(",
        "format-string": r"\bprintf\s*\(\s*\w+\s*\)|\b[df]printf\s*\(\s*\w+\s*,\s*\w+\s*\)",
        "signed-char-is-end": r"^\s*(signed\s+)?char\s+(\w+)\s*(=.*)?;",
        "seven-bit": r"&=?\s*(0x7[fF]|127|0177)\b",
        "case-changed": r"\bto(upper|lower)\s*\(",
        "waits-for-newline": r"\b(fgets|getline)\s*\(",
        "waits-for-full-buffer": r"\bMSG_WAITALL\b|\bfread\s*\(",
        "not-flushed": r"\bfdopen\s*\([^;]*\"[^\"]*[wa+]",
        "idle-timeout": r"\bSO_RCVTIMEO\b|\balarm\s*\(",
        "gives-up-on-slow-reader": r"\bSO_SNDTIMEO\b",
        "sigterm-ignored": r"\bsignal\s*\(\s*SIGTERM",
        "reset-instead-of-fin": r"\bSO_LINGER\b",
        "stale-buffer": r"\b(write|send)\s*\([^;]*\bsizeof\b",
        "datagram-socket": r"\bSOCK_DGRAM\b",
        "magic-word": r"\b(strn?cmp|memcmp|strn?casecmp)\s*\(",
    },
    "node": {
        "single-read": r"\.once\(\s*['\"]data['\"]",
        "waits-for-newline": r"\bcreateInterface\(",
        "decodes-text": r"\bsetEncoding\(|\.toString\(",
        "lossy-decoding": r"\bsetEncoding\(|\.toString\(",
        "decodes-each-read": r"\bsetEncoding\(|\.toString\(",
        "strips-whitespace": r"\.trim(Start|End)?\(",
        "case-changed": r"\.to(Upper|Lower)Case\(",
        "idle-timeout": r"\.setTimeout\(",
        "gives-up-on-slow-reader": r"\.setTimeout\(",
        "connection-limit": r"\bmaxConnections\b",
        "magic-word": r"[=!]==?\s*['\"]\w{2,}['\"]",
        "reset-instead-of-fin": r"\.resetAndDestroy\(",
    },
    "go": {
        "waits-for-newline": r"\bbufio\.NewScanner\(|\.Read(String|Bytes|Line)\(",
        "message-size-limit": r"\bbufio\.NewScanner\(",
        "line-ends-dropped": r"\bbufio\.NewScanner\(",
        "waits-for-end": r"\b(io|ioutil)\.ReadAll\(",
        "waits-for-full-buffer": r"\bio\.Read(Full|AtLeast)\(",
        "not-flushed": r"\bbufio\.New(Writer|WriterSize|ReadWriter)\(",
        "idle-timeout": r"\.Set(Read)?Deadline\(",
        "gives-up-on-slow-reader": r"\.Set(Write)?Deadline\(",
        "strips-whitespace": r"\bstrings\.Trim\w*\(|\bbytes\.Trim\w*\(",
        "case-changed": r"\b(strings|bytes)\.To(Upper|Lower)\(",
        "reset-instead-of-fin": r"\.SetLinger\(",
        "datagram-socket": r"\bListenPacket\(|\bListenUDP\(",
    },
    "java": {
        "waits-for-newline": r"\.readLine\(",
        "waits-for-end": r"\.readAllBytes\(",
        "waits-for-full-buffer": r"\.read(Fully|NBytes)\(",
        "not-flushed": r"\bnew (BufferedOutputStream|BufferedWriter|PrintWriter)\(",
        "strips-whitespace": r"\.(trim|strip)\(",
        "case-changed": r"\.to(Upper|Lower)Case\(",
        "idle-timeout": r"\.setSoTimeout\(",
        "connection-limit": r"\bnewFixedThreadPool\(",
        "reset-instead-of-fin": r"\.setSoLinger\(",
    },
    "rust": {
        "waits-for-newline": r"\.(read_line|lines)\(",
        "waits-for-end": r"\.read_to_(end|string)\(",
        "waits-for-full-buffer": r"\.read_exact\(",
        "not-flushed": r"\bBufWriter::(new|with_capacity)\(",
        "lossy-decoding": r"\bfrom_utf8_lossy\(",
        "decodes-text": r"\bfrom_utf8\(",
        "strips-whitespace": r"\.trim(_start|_end)?\(",
        "case-changed": r"\bto_(ascii_)?(upper|lower)case\(",
        "idle-timeout": r"\.set_read_timeout\(",
        "gives-up-on-slow-reader": r"\.set_write_timeout\(",
    },
}
UNLESS = {("c", "restart-fails"): "SO_REUSEADDR", ("c", "waits-for-full-buffer"): "recv("}
"""What makes a pattern say nothing, where the file has it."""


def lines(cause: str, source: str, language: str) -> list[int]:
    """The numbers of the lines that could be meant."""
    pattern = PATTERNS.get(language, {}).get(cause)
    unless = UNLESS.get((language, cause))
    if pattern is None or (unless is not None and unless in source):
        return []
    code = _code(source, LINE_COMMENTS[language])
    return [number for number, line in enumerate(code, 1) if re.search(pattern, line)]


def _code(source: str, comment: str) -> list[str]:
    """The lines without comments; their numbers stay."""
    without = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), source)
    return [re.sub(rf"(^|\s){re.escape(comment)}.*", "", line) for line in without.split("\n")]
