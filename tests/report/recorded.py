"""Comparing with files that were recorded, looked at and committed.

To record them again after a change that is meant::

    ECHO_HARNESS_RECORD=1 python -m pytest tests/report

then read the difference with ``git diff`` before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


def check(path: Path, text: str) -> None:
    """``text`` is what the file at ``path`` holds (or becomes it, when recording)."""
    if os.environ.get("ECHO_HARNESS_RECORD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name}: see tests/report/recorded.py"


def in_order(schema: Any) -> Any:
    """``schema`` with its alternatives sorted: msgspec's order of them depends on its version."""
    if isinstance(schema, dict):
        return {key: in_order(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return sorted(map(in_order, schema), key=json.dumps)
    return schema
