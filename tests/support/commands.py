"""Command lines of servers that the tests here use again and again."""

from __future__ import annotations

import sys
from pathlib import Path

ZOO = Path(__file__).parents[1] / "zoo"
REFERENCE = [sys.executable, "-m", "echo_ref"]
UPPER = [sys.executable, str(ZOO / "identity_upper_case.py")]
"""Changes the case of letters, so it breaks identity/hello."""
NEVER = [sys.executable, "-c", "print('no server')"]
"""Ends at once and never listens."""
