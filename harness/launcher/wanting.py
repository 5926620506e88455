"""A program that ended since it was started without its port, as far as its last words tell.

Many a first server takes its port as an argument, and who starts it by hand types it each time.
"""

from __future__ import annotations

import re

from harness.launcher.ends import Exit
from harness.launcher.shell import as_typed
from harness.values.target import TargetSpec

_MISSING = re.compile(
    r"\bargv\b[\s\S]*IndexError|IndexError[\s\S]*\bargv\b|usage:.*\bport\b|"
    r"required: .*\bport\b|Index 0 out of bounds for length 0|"
    r"index out of range \[1\] with length 1|the len is 1 but the index is 1|ERR_SOCKET_BAD_PORT",
    re.IGNORECASE,
)
"""In the words of Python, argparse, whoever writes "usage: server PORT", Java, Go, Rust, Node."""


def wants_port(spec: TargetSpec, ended: Exit, output: str) -> str:
    """What to do about a program that may lack its port as an argument; empty where another
    argument may be it, or nothing says so.  A crash without a word may come of that, too."""
    command = spec.command
    if ended.status == 0 or spec.has_placeholder or any(word.isdigit() for word in command[1:]):
        return ""
    silent = ended.signal is not None and not output and len(command) == 1
    if not silent and not _MISSING.search(output):
        return ""
    return (
        "If it takes its port as an argument, write {port} there: "
        f"-- {as_typed([*command, '{port}'])}"
    )
