"""Broken echo servers, one realistic defect each; a catalogue of what the harness has to catch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers import (
    PROFILES,
    Description,
    Fields,
    Language,
    describe_folder,
    launch_command,
    missing_tool_for,
)
from tests.support import causes

GRADES = ("obvious", "realistic", "nasty")
CHECK_ID = r"[a-z]+(-[a-z]+)*/[a-z0-9]+(-[a-z0-9]+)*"
FIELDS = Fields(
    ("Clause", "Trigger", "Profile", "Grade", "Cause", "Beside"),
    repeated=("Cause", "Beside"),
    optional=("Beside",),
)


@dataclass(frozen=True)
class Inhabitant:
    """A broken server: its clause is the id of the check that must catch it.

    ``causes`` has for each bug the ids that name it; ``beside`` those of other bugs that it has
    too, such as a missing SO_REUSEADDR in a textbook's server, and that it is not there for.
    """

    name: str
    path: Path
    clause: str
    trigger: str
    profile: str
    grade: str
    causes: tuple[tuple[str, ...], ...]
    beside: tuple[tuple[str, ...], ...]
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
            causes=_bugs(found, "Cause"),
            beside=_bugs(found, "Beside"),
            summary=found.summary,
            language=found.language,
        )
        for found in describe_folder(folder, FIELDS)
    ]


def _bugs(found: Description, field: str) -> tuple[tuple[str, ...], ...]:
    try:
        return causes.bugs(found.fields[field])
    except ValueError as error:
        raise ValueError(f"{found.path}: {field}: {error}") from None


def command(inhabitant: Inhabitant, build_dir: Path) -> list[str]:
    """The argv that launches it. Raises RuntimeError if it does not compile."""
    return launch_command(inhabitant.path, inhabitant.language, build_dir)


def missing_tool(inhabitant: Inhabitant) -> str | None:
    """Why it can not be launched on this machine, such as "cc not found", or None."""
    return missing_tool_for(inhabitant.language)
