"""What holds for every test."""

from __future__ import annotations

import subprocess
import sys


def test_what_is_started_may_keep_what_it_compiled() -> None:
    """Otherwise each of the many runs of the program would compile it again."""
    ask = [sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"]
    assert subprocess.run(ask, capture_output=True, check=True).stdout == b"False\n"
