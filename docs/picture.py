"""Draws docs/terminal.svg: ``python docs/picture.py > docs/terminal.svg``.

It runs the harness on the first server of the tutorial, as a terminal would show it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS, ROWS = 100, 32
COMMAND = "echo-harness check -x --jobs 1 -- python server.py"
# rich's own template fetches a font from the network; this one uses what the reader has.
FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.S)


def first_server() -> str:
    page = Path(__file__).with_name("tutorial.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- file: server.py -->\n```python\n(.*?)^```$", page, re.M | re.S)
    assert found is not None
    return found[1].replace("7007", "0")


def shown() -> str:
    """What the terminal shows, with its colours."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "server.py").write_text(first_server(), encoding="utf-8")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        colors = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
        done = subprocess.run(
            COMMAND.split(),
            cwd=folder,
            env={**os.environ, **colors, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    return re.sub(r"(127\.0\.0\.1):\d+", r"\1:7007", done.stdout)


def picture(output: str) -> str:
    from rich import _export_format

    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.assemble(("$ ", "bold green"), COMMAND))
        for line in output.splitlines()[:ROWS]:
            console.print(Text.from_ansi(line), no_wrap=True, crop=True)
        template = FONT_FACE.sub("", _export_format.CONSOLE_SVG_FORMAT)
        return console.export_svg(
            title="echo-harness", theme=MONOKAI, code_format=template, unique_id="terminal"
        )


if __name__ == "__main__":
    sys.stdout.write(picture(shown()))
