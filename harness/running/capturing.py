"""Keeping what goes over the network of an isolated target while a failed check is repeated."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from harness.errors import MachineProblem, TargetProblem
from harness.launcher.capture import Capture
from harness.launcher.keeper import Keeper


def captured(
    keeper: Keeper, folder: Path, check_id: str, perform: Callable[[], object]
) -> str | None:
    """The file in ``folder`` with what was exchanged while ``perform`` was done; None: nothing."""
    path = folder / f"{check_id.replace('/', '-')}.pcap"
    with contextlib.suppress(TargetProblem, MachineProblem):
        with Capture(keeper, path) as capture:
            perform()
        if capture.packets:
            return str(path)
    with contextlib.suppress(OSError):
        path.unlink()
    return None
