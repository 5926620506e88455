"""Correct echo servers in many styles; none of them may be found guilty of anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers import (
    PROFILES,
    Fields,
    Language,
    describe_folder,
    launch_command,
    missing_tool_for,
)


@dataclass(frozen=True)
class GoodServer:
    """A correct server, and the style it is written in."""

    name: str
    path: Path
    style: str
    profile: str
    summary: str
    language: Language


def servers(folder: Path = Path(__file__).parent) -> list[GoodServer]:
    """All of them, sorted by name. Raises ValueError that names the file and the bad field."""
    return [
        GoodServer(
            name=found.name,
            path=found.path,
            style=found.fields["Style"],
            profile=found.choice("Profile", PROFILES),
            summary=found.summary,
            language=found.language,
        )
        for found in describe_folder(folder, Fields(("Style", "Profile")))
    ]


def command(server: GoodServer, build_dir: Path) -> list[str]:
    """The argv that launches it. Raises RuntimeError if it does not compile."""
    return launch_command(server.path, server.language, build_dir)


def missing_tool(server: GoodServer) -> str | None:
    """Why it can not be launched on this machine, such as "cc not found", or None."""
    return missing_tool_for(server.language)
