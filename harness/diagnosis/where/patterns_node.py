"""What causes look like in JavaScript and TypeScript: a pattern of one line, without comments."""

from __future__ import annotations

PATTERNS = {
    "single-read": r"\.once\(\s*['\"]data['\"]",
    "first-read-lost": r"\.once\(\s*['\"]data['\"]",
    "answers-own-address": (
        r"\.send\((?!.*(info|remote|peer|from|sender|client))[^;]*,\s*(\d{2,5}|[A-Z_]{3,}|port)\s*[,)]"
    ),
    "waits-for-newline": r"\bcreateInterface\(",
    "not-flushed": r"\.cork\(",
    "decodes-text": r"\bsetEncoding\(|\.toString\(",
    "lossy-decoding": r"\bsetEncoding\(|\.toString\(|\bTextDecoder\(",
    "decodes-each-read": r"\bsetEncoding\(|\.toString\(",
    "strips-whitespace": r"\.trim(Start|End)?\(",
    "case-changed": r"\.to(Upper|Lower)Case\(",
    "idle-timeout": r"\.setTimeout\(",
    "gives-up-on-slow-reader": r"\.setTimeout\(",
    "time-limit": r"(?<!\.)\bsetTimeout\([^;]*(end|destroy|close)\w*\(",
    "connection-limit": r"\bmaxConnections\b|\.(size|length)\s*>=?\s*[A-Z\d]",
    "magic-word": r"[=!]==?\s*['\"][^'\"]{2,}['\"]|\.(startsWith|includes|equals)\(",
    "magic-byte": r"[=!]==?\s*(0x[0-9a-eA-E]\w?\b|['\"]\\?.['\"])|\.(includes|indexOf)\(\s*0?x?\d",
    "reset-instead-of-fin": r"\.resetAndDestroy\(",
    "representation-sent": (
        r"^(?!.*\bconsole\.).*(\bJSON\.stringify\(|\.toString\(\s*['\"](hex|base64)|\binspect\(|"
        r"`[^`]*\$\{[^}]*\}[^`]*`)"
    ),
    "never-resumes": r"\.pause\(\)",
    "unbounded-buffer": r"\.write\(",
    "stalled-output-dropped": r"\bwritable(Length|NeedDrain)\b|\bbufferSize\b",
    "removes-wrong-client": r"\.splice\(\s*[\w.]+\.(indexOf|findIndex)\(",
    "half-close-ends-at-once": r"['\"]end['\"].*\.destroy(Soon)?\(",
    "broadcast": r"\bof\s+(this\.)?(clients|sockets|peers|connections)|\.forEach\(",
    "shared-buffer": r"^(let|var)\s+\w+\s*=\s*(Buffer\.|''|\"\"|\[\])",
    "leftover-of-earlier": r"^(let|var)\s+\w+\s*=\s*(Buffer\.|''|\"\"|\[\])",
    "keepalive-bytes": r"\bsetInterval\(",
    "slow-each-time": r"\bsetTimeout\([^;]*write|\bAtomics\.wait\(",
    "crash-on-reset": r"\bcreateServer\(",
    "exact-size": r"\.length\s*===?\s*([A-Z_]{3,}|\d{2,})|\.length\s*%",
    "message-size-limit": r"\.length\s*>=?\s*[A-Z\d]|\.(slice|subarray)\(\s*0\s*,",
    "bytes-quota": r"\bbytesRead\b|\+=\s*\w+\.(byteL|l)ength",
    "reads-quota": r"\+\+\w*\s*>=?|\bcount\w*\s*>=?",
    "newline-translated": r"\.replace(All)?\(",
    "line-ends-dropped": r"\.split\(|\bcreateInterface\(",
    "rest-of-read-discarded": r"\.split\([^)]*\)\[0\]|const \[\w+\] =",
    "telnet": r"\bIAC\b|[=!]==?\s*(0x[fF]{2}|255)\b",
    "counter-wraps": (
        r"&\s*0x[fF]{4}\b|\bUint(8|16)Array\(1\)|%\s*(256|65536|0x10+)\b|\.writeUInt(8|16)"
    ),
    "seven-bit": r"&\s*(0x7[fF]|127)\b|['\"]ascii['\"]",
    "repetitions-dropped": (
        r"\.(equals|compare)\([^;]*(last|prev)|(last|prev)\w*\.(equals|compare)\("
    ),
    "answers-overtake": r"\bsetImmediate\(|\bawait\b|\.then\(|\bMath\.random\(",
    "bom-dropped": r"\\u[fF][eE][fF]{2}|0x[eE][fF]\b",
    "queue-order": r"\.(pop|unshift)\(",
    "every-nth-read": r"%\s*\w+\s*===?\s*0",
    "farewell": r"\.end\(\s*['\"`]",
    "prefix-or-suffix": r"\.concat\(\[|['\"`]\s*\+|\+\s*['\"`]",
    "escapes-interpreted": r"\bJSON\.parse\(|\bdecodeURI|\bunescape\(",
    "ring-wrap": r"%\s*(this\.)?_?(size|cap|len|SIZE|CAP)\w*",
    "length-prefix": r"\.readUInt(8|16|32)",
    "padding-stripped": r"\\0\+?\$|\\x00",
    "cut-at-nul": r"\.indexOf\(\s*0\s*\)|\\0|\\x00",
    "signal-breaks": r"\bprocess\.on\(\s*['\"]SIG(CONT|TSTP|WINCH)",
    "listener-closed": r"\b(server|srv|listener)\w*\.close\(",
    "removal-skips-next": r"\.splice\(",
}

UNLESS = {
    "unbounded-buffer": r"\.pause\(|\.pipe\(|drain|pipeline\(|for await",
    "crash-on-reset": r"['\"]error['\"]|pipeline\(|\bonerror\b",
}
