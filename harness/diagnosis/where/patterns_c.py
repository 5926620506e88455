"""What causes look like in C and C++: a pattern of one line of code, without comments."""

from __future__ import annotations

_COUNT = r"\w*(used|len|count|size|got|total|have|fill|bytes|num|cnt|pos|at|n)"

PATTERNS = {
    "short-send-ignored": r"^\s*(\(void\)\s*)?(write|send)\s*\(",
    "restart-fails": r"\bbind\s*\(",
    "cut-at-nul": r"\bstr(n?len|cpy|cat|dup|chr)\s*\(|\bf?puts\s*\(|%s",
    "off-by-one-at-full-read": r"\[\s*\w+\s*\]\s*=\s*('\\0'|0)\s*;",
    "format-string": r"\bprintf\s*\(\s*\w+\s*\)|\b[dfs]n?printf\s*\(\s*\w+\s*,\s*[\w.>-]+\s*\)",
    "signed-char-is-end": r"^\s*(signed\s+)?char\s+(\w+)\s*(=.*)?;",
    "seven-bit": r"&=?\s*(0x7[fF]|127|0177)\b",
    "case-changed": r"\bto(upper|lower)\s*\(",
    "waits-for-newline": r"\b(fgets|getline)\s*\(",
    "waits-for-full-buffer": r"\bMSG_WAITALL\b|\bfread\s*\(",
    "not-flushed": r"\bfdopen\s*\([^;]*\"[^\"]*[wa+]",
    "idle-timeout": r"\bSO_RCVTIMEO\b|\balarm\s*\(",
    "time-limit": r"\balarm\s*\(|\btime\s*\(\s*(NULL|0|&)|\bclock_gettime\s*\(",
    "gives-up-on-slow-reader": r"\bSO_SNDTIMEO\b",
    "sigterm-ignored": r"\bsignal\s*\(\s*SIGTERM",
    "reset-instead-of-fin": r"\bSO_LINGER\b",
    "stale-buffer": r"\b(write|send)\s*\([^;]*\bsizeof\b",
    "datagram-socket": r"\bSOCK_DGRAM\b",
    "magic-word": r"\b(strn?cmp|memcmp|strn?casecmp|strstr|memmem)\s*\(",
    "magic-byte": r"[=!]=\s*('(\\?[^'0]|\\x\w+|\\\d+)'|0x[0-9a-eA-E]\w?\b)|\bcase\s+'",
    "telnet": r"\bIAC\b|[=!]=\s*(255|0[xX][fF]{2})\b",
    "counter-wraps": (
        rf"\b(uint8_t|uint16_t|unsigned\s+char|unsigned\s+short|u_?short|u?int16_t)\s+{_COUNT}"
        r"\s*[;=,)]|\b(?!\w*events\b)\w+(\[\w+\])?\s*[-+|]?=\s*"
        r"\((uint8_t|uint16_t|unsigned\s+(char|short)|short)\)"
    ),
    "ring-wrap": r"%\s*\(?\s*([A-Z][A-Z_0-9]{2,}|sizeof|\w*(size|cap|len)\w*)|&\s*\(?\s*\w*MASK",
    "edge-not-drained": r"\bEPOLLET\b",
    "spins-idle": r"\b(select|poll|epoll_wait)\s*\(.*(,\s*0|&\w*(tv|time)\w*)\s*\)",
    "busy-loop-writable": r"\bE?POLLOUT\b|\bFD_SET\s*\([^;]*(write|wr|out|w)\w*\s*\)",
    "zombies": r"\bfork\s*\(",
    "child-goes-on": r"\bfork\s*\(",
    "killed-by-sigpipe": r"\b(send|write)\s*\(",
    "shared-buffer": r"^static\s+(unsigned\s+)?(char|uint8_t)\s+\w+\s*\[",
    "wrong-nfds": r"\bselect\s*\(\s*[\w>.-]+\s*,",
    "select-set-used-up": r"\bselect\s*\(",
    "select-too-small": r"\bFD_SET\s*\(",
    "connection-limit": r"\[\s*(MAX|MOST|N)\w*\s*\]|\b(MAX_?CL|MAX_?CON)\w*",
    "length-prefix": r"\bntoh[sl]\s*\(",
    "strips-whitespace": r"\bisspace\s*\(",
    "line-ends-dropped": r"\bstr(cspn|tok|sep)(_r)?\s*\(",
    "every-nth-read": r"\+\+\s*\w*\s*%|%\s*\d+\s*==\s*0",
    "repetitions-dropped": r"\bmemcmp\s*\([^;]*(last|prev|before)",
    "prefix-or-suffix": r"\b(strcat|sn?printf)\s*\(",
    "keepalive-bytes": r"\bSIGALRM\b",
}

UNLESS = {
    "restart-fails": r"SO_REUSEADDR",
    "waits-for-full-buffer": r"\brecv\(",
    "shared-buffer": r"\b(select|poll|epoll_wait)\s*\(",
    "zombies": r"SIGCHLD|\bwait(pid)?\s*\(",
    "child-goes-on": r"\b_?exit\s*\(",
    "killed-by-sigpipe": r"SIGPIPE|MSG_NOSIGNAL",
}
