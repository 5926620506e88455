"""What the catalogue knows of a cause: the bug, what one sees of it, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from harness.diagnosis.catalogue.examples import EXAMPLES, Example

LANGUAGES = ("python", "c", "node", "go", "java", "rust")
"""Those that a mending may have words of its own for."""


class CauseKind(Struct, frozen=True):
    """A kind of bug that echo servers have."""

    id: str
    """Kebab-case; it says the bug, not the symptom."""
    group: str
    bug: str
    """A clause in a beginner's words: no capital and no full stop, as a colon goes before it."""
    sees: str
    """What the user sees of it: whole sentences."""
    mend: str
    """What to change, for whatever language: whole sentences."""
    mends: tuple[tuple[str, str], ...] = ()
    """(language, what to change) where the call has another name in that language."""
    see: tuple[tuple[str, str], ...] = ()
    """(id of a cause that looks alike, what tells the two apart)."""

    @property
    def sentence(self) -> str:
        """The bug as a whole sentence; a name in the code keeps its first letter."""
        first = self.bug.split()[0]
        bug = self.bug if "(" in first else self.bug[:1].upper() + self.bug[1:]
        return f"{bug}."

    @property
    def example(self) -> Example:
        """A small server with the bug, and what changes in it."""
        return EXAMPLES[self.id]

    @property
    def broken(self) -> str:
        """Lines of a server that has the bug."""
        return self.example.broken

    @property
    def mended(self) -> str:
        """The same lines without it."""
        return self.example.mended

    def mend_in(self, language: str | None) -> str:
        """What to change, in the words of ``language``; in general ones if it has none."""
        return dict(self.mends).get(language or "", self.mend)


def cause(
    group: str,
    id: str,
    bug: str,
    sees: str,
    mend: str,
    *,
    see: Mapping[str, str] | None = None,
    **mends: str,
) -> CauseKind:
    """A cause as the files of the catalogue write it; ``mends``: by language."""
    ordered = tuple((one, mends.pop(one)) for one in LANGUAGES if one in mends)
    return CauseKind(
        id, group, bug, sees, mend, (*ordered, *mends.items()), tuple((see or {}).items())
    )
