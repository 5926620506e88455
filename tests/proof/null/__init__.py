"""Servers that are no echo servers at all: no harness may call one of them conforming."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers import Fields, describe_folder, launch_command


@dataclass(frozen=True)
class NullServer:
    """What it does instead of echoing."""

    name: str
    path: Path
    summary: str
    command: tuple[str, ...]


def servers(folder: Path = Path(__file__).parent) -> list[NullServer]:
    """All of them, sorted by name."""
    return [
        NullServer(
            found.name,
            found.path,
            found.summary,
            tuple(launch_command(found.path, found.language, folder)),
        )
        for found in describe_folder(folder, Fields(("Profile",)))
    ]
