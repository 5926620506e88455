"""Compile one source file with its language's own compiler, once, then become the program.

    python compiled.py SOURCE HOST PORT

The program is kept in the cache folder under a name that follows from the source's content.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COMPILERS = {".rs": ("rustc", "-O", "-o"), ".go": ("go", "build", "-o")}


def compiled(source: Path) -> Path:
    """The program made of `source`, compiled now if it was not before."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache, "echo-harness-field", "compiled")
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"{source.stem}-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
    if not program.exists():
        # Renamed when whole: two at a time must not run a half-written program.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = Path(scratch, source.stem)
            subprocess.run([*COMPILERS[source.suffix], fresh, source], check=True)
            fresh.rename(program)
    return program


if __name__ == "__main__":
    program = compiled(Path(sys.argv[1]))
    os.execv(program, [str(program), *sys.argv[2:]])
