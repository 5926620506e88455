"""Programs that stand behind a shim: the script that a version manager puts in their place.

pyenv, rbenv, nodenv, asdf and mise put a folder ``shims`` first in PATH.  What stands there looks
for the right version and becomes it (exec), which takes pyenv some 0.15 s of processor time.  A
one-shot server is launched hundreds of times, so that what the first instance became is started
directly from then on: with the same arguments and the same environment.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from msgspec import Struct

from harness.launcher.keeper import MARK

FOLDER = "shims"


class Behind(Struct, frozen=True):
    """What a shim became."""

    program: str
    """Its absolute path."""
    changed: dict[str, str]
    """What the shim put into the environment."""
    removed: frozenset[str]

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the shim would make of ``given``."""
        kept = {name: value for name, value in given.items() if name not in self.removed}
        return {**kept, **self.changed}


class Shim:
    """The shim that a target is launched by, if it is: asked once, and left out from then on."""

    def __init__(self) -> None:
        self._asked: tuple[int, list[str], dict[str, str]] | None = None
        """Process, arguments and environment of the first launch."""
        self._behind: Behind | None = None

    def began(self, pid: int, argv: list[str], env: dict[str, str]) -> None:
        """Note a launch by a shim."""
        if self._behind is None and is_shim(argv[0]):
            self._asked = pid, argv, env

    def look(self, pid: int) -> None:
        """See what the process ``pid`` has become, now that it listens."""
        if self._behind is None and self._asked is not None and self._asked[0] == pid:
            self._behind = behind(*self._asked)

    def left_out(self, argv: list[str], env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """``argv`` and ``env``, by what stands behind the shim if that is known."""
        if self._behind is None or not is_shim(argv[0]):
            return argv, env
        return [self._behind.program, *argv[1:]], self._behind.environment(env)


@functools.cache
def is_shim(program: str) -> bool:
    """Whether ``program`` stands where version managers put their shims."""
    return PurePath(program).parent.name == FOLDER


def behind(pid: int, argv: Sequence[str], given: Mapping[str, str]) -> Behind | None:
    """What the process ``pid`` became that was started as ``argv`` with the environment ``given``.

    None where that is not known for certain: it has ended, is still the shim, has other arguments,
    or is not called by an absolute path.
    """
    try:
        command = _strings(Path(f"/proc/{pid}/cmdline"))
        environ = _strings(Path(f"/proc/{pid}/environ"))
    except OSError:
        return None
    if command[1:] != list(argv[1:]) or not command[0].startswith(os.sep):
        return None
    if is_shim(command[0]) or not os.access(command[0], os.X_OK):
        return None
    pairs = (text.partition("=") for text in environ)
    seen = {name: value for name, _, value in pairs if name not in (MARK, "_", "SHLVL")}
    return Behind(
        command[0],
        {name: value for name, value in seen.items() if given.get(name) != value},
        frozenset(given.keys() - seen.keys() - {"_", "SHLVL"}),
    )


def _strings(path: Path) -> list[str]:
    """What the kernel tells as strings that each end with NUL; at least one."""
    return os.fsdecode(path.read_bytes()).removesuffix("\0").split("\0")
