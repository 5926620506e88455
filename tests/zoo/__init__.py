"""Broken echo servers, one realistic defect each; a catalogue of what the harness has to catch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers import PROFILES, Language, describe_folder, launch_command, missing_tool_for

GRADES = ("obvious", "realistic", "nasty")
CHECK_ID = r"[a-z]+(-[a-z]+)*/[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Inhabitant:
    """A broken server: its clause is the id of the check that must catch it."""

    name: str
    path: Path
    clause: str
    trigger: str
    profile: str
    grade: str
    summary: str
    language: Language


def inhabitants(folder: Path = Path(__file__).parent) -> list[Inhabitant]:
    """All of them, sorted by name. Raises ValueError that names the file and the bad field."""
    return [
        Inhabitant(
            name=found.name,
            path=found.path,
            clause=found.matching("Clause", CHECK_ID),
            trigger=found.fields["Trigger"],
            profile=found.choice("Profile", PROFILES),
            grade=found.choice("Grade", GRADES),
            summary=found.summary,
            language=found.language,
        )
        for found in describe_folder(folder, ("Clause", "Trigger", "Profile", "Grade"))
    ]


def command(inhabitant: Inhabitant, build_dir: Path) -> list[str]:
    """The argv that launches it. Raises RuntimeError if it does not compile."""
    return launch_command(inhabitant.path, inhabitant.language, build_dir)


def missing_tool(inhabitant: Inhabitant) -> str | None:
    """Why it can not be launched on this machine, such as "cc not found", or None."""
    return missing_tool_for(inhabitant.language)
