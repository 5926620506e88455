"""Where and when a run takes place: the machine, the system, the versions that may matter."""

from __future__ import annotations

import functools
import os
import platform
from datetime import UTC, datetime

from harness.values.report import Environment

LIBRARIES = ("hypothesis", "msgspec", "psutil")
"""The libraries that a verdict may depend on: they draw plans, hold values, watch processes."""


def look(started: datetime) -> Environment:
    """This machine; ``started`` (with its time zone) is when the run began."""
    return Environment(
        started=started.astimezone(UTC).replace(microsecond=0),
        host=platform.node(),
        system=platform.system(),
        kernel=platform.release(),
        machine=platform.machine(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        cpus=len(os.sched_getaffinity(0)),
        libraries=versions(LIBRARIES),
    )


@functools.cache
def versions(names: tuple[str, ...]) -> dict[str, str]:
    """Package to version, of those that are installed.  The first time takes a while."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
