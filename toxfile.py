"""Shows tox every Python that pyenv has installed, not only the one that is active.

tox reads this file by itself.  Where there is no pyenv it does nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess


def installed() -> list[str]:
    """The versions that pyenv has, newest first."""
    if not (pyenv := shutil.which("pyenv")):
        return []
    ask = [pyenv, "versions", "--bare", "--skip-aliases"]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    return [line.strip() for line in reversed(done.stdout.splitlines())]


if versions := installed():
    os.environ.setdefault("PYENV_VERSION", ":".join(versions))
