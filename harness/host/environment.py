"""Where and when a run takes place: the machine, the system, the versions that may matter."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sys
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
    """Package to version, of those that are installed."""
    folders = _folders()
    found = {name: _named(folders, name) or _looked_up(name) for name in names}
    return {name: number for name, number in found.items() if number is not None}


_DETAILS = ".dist-info"
"""Ends the name of the folder with a package's details: ``NAME-VERSION.dist-info``."""


def _folders() -> list[str]:
    """The names of all such folders that Python looks into, without that end."""
    found: list[str] = []
    for place in sys.path:
        with contextlib.suppress(OSError):
            found += [n.removesuffix(_DETAILS) for n in os.listdir(place) if n.endswith(_DETAILS)]
    return found


def _named(folders: list[str], name: str) -> str | None:
    """The version of the package ``name``, by the name of its folder; None: it is not clear."""
    start = name.lower().replace("-", "_") + "-"
    numbers = {one[len(start) :] for one in folders if one.lower().startswith(start)}
    return numbers.pop() if len(numbers) == 1 else None


def _looked_up(name: str) -> str | None:
    """The same however it is installed.  Importing what finds out takes a tenth of a short run."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
