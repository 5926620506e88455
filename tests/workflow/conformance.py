"""The harness on the reference, under each Python of this machine from 3.8 up.

``python -m tests.workflow.conformance`` ends with 0 when all conform, else with the worst exit
code.  The target's Python need not be the harness's.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = [f"python3.{minor}" for minor in range(8, 16)]


def interpreters() -> dict[str, str]:
    """Version to path of the interpreters on the PATH that work."""
    found: dict[str, str] = {}
    for name in NAMES:
        if path := shutil.which(name):
            # A shim of a version manager may lead nowhere, and what it leads to starts faster.
            ask = [path, "-c", "import sys; print(sys.version.split()[0], sys.executable)"]
            done = subprocess.run(ask, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                version, _, real = done.stdout.strip().partition(" ")
                found[version] = real
    return found


def main(arguments: list[str]) -> int:
    """Check each; ``arguments`` are passed on to ``echo-harness check``."""
    worst = 0
    for version, path in interpreters().items():
        print(f"--- Python {version}", flush=True)
        target = ["--", path, "-m", "echo_ref"]
        check = [sys.executable, "-m", "harness", "check", "-q", *arguments, *target]
        worst = max(worst, subprocess.run(check, cwd=ROOT, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
