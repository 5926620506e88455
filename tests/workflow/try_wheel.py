"""Install the wheel of a folder into an environment of its own and run the main job from there.

``python tests/workflow/try_wheel.py dist`` needs the standard library only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path


def main(folder: Path) -> int:
    """The exit code of ``echo-harness check`` as the wheel installs it."""
    (wheel,) = folder.glob("*.whl")
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        scripts = Path(place, "bin")
        install = [str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel.resolve())]
        subprocess.run(install, check=True)
        # Another working directory, so that nothing of the checkout can be imported.
        return subprocess.run(
            [scripts / "echo-harness", "check"], cwd=place, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
