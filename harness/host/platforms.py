"""Where the harness can run targets: on Linux."""

from __future__ import annotations

import sys

from harness.errors import UsageProblem

NAMES = {"win32": "Windows", "cygwin": "Windows", "darwin": "macOS"}


def require_linux(platform: str = sys.platform) -> None:
    """Raises UsageProblem elsewhere.

    Half a harness would be worse than none: where the system does not say who listens, a correct
    server would be reported as not listening.
    """
    if platform.startswith("linux"):
        return
    raise UsageProblem(
        f"echo-harness needs Linux to run servers, and this is {NAMES.get(platform, platform)}.",
        "On Windows use WSL or a container, on macOS a container; "
        "list, explain, report and config work here too.",
    )
