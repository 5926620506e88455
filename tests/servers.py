"""Folders of small servers in some languages, each described by its own first comment.

A server is one stand-alone file. The docstring of a Python module, or the block comment that a file
in another language begins with, holds a summary and, as its last paragraph, fields, one a line::

    One or more sentences.

    Clause: identity/nul-bytes
    Profile: sequential

Which fields there are is up to the folder, which of them may be left out, and which may be given
more than once. A line that begins with none of them continues the field above.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Language = Literal["python", "c", "node", "go"]

LANGUAGES: Mapping[str, Language] = {".py": "python", ".c": "c", ".js": "node", ".go": "go"}
TOOLS: Mapping[Language, str] = {"c": "cc", "node": "node", "go": "go"}
PROFILES = ("one-shot", "sequential", "concurrent")
CFLAGS = ("-O1", "-Wall", "-Wextra", "-pthread")


@dataclass(frozen=True)
class Description:
    """What a server file says about itself."""

    name: str
    path: Path
    language: Language
    summary: str
    fields: Mapping[str, str]
    """A field that was given more than once has a line for each; one that was left out is empty."""

    def choice(self, field: str, allowed: Sequence[str]) -> str:
        """The field's value. Raises ValueError unless it is one of those allowed."""
        value = self.fields[field]
        if value not in allowed:
            raise ValueError(f"{self.path}: {field}: {value!r} is none of {', '.join(allowed)}")
        return value

    def matching(self, field: str, pattern: str) -> str:
        """The field's value. Raises ValueError unless the whole of it matches the pattern."""
        value = self.fields[field]
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{self.path}: {field}: {value!r} does not match {pattern}")
        return value


@dataclass(frozen=True)
class Fields:
    """The names of the fields: those of all, and which of them are special."""

    names: Sequence[str]
    repeated: Sequence[str] = ()
    """They may be given more than once."""
    optional: Sequence[str] = ()
    """They may be left out."""


def describe_folder(folder: Path, fields: Fields) -> list[Description]:
    """All servers of a folder, sorted by name. Raises ValueError that names the file and the field.

    A name is the stem of the file; where several languages share a stem, the language is added.
    """
    paths = [path for path in folder.iterdir() if path.suffix in LANGUAGES and path.name[0] != "_"]
    stems = Counter(path.stem for path in paths)
    found = [describe(path, fields, alone=stems[path.stem] == 1) for path in paths]
    return sorted(found, key=lambda description: description.name)


def describe(path: Path, fields: Fields, *, alone: bool = True) -> Description:
    """Read one file. Raises ValueError that names the file and the field."""
    language = LANGUAGES[path.suffix]
    text = path.read_text(encoding="utf-8")
    comment = _docstring(path, text) if language == "python" else _block_comment(path, text)
    *sentences, last = re.split(r"\n[ \t]*\n", comment)
    if not sentences:
        raise ValueError(f"{path}: no summary, or no empty line between it and {fields.names[0]}:")
    return Description(
        name=path.stem if alone else f"{path.stem}-{language}",
        path=path,
        language=language,
        summary=" ".join(sentences[0].split()),
        fields=_fields(path, last, fields),
    )


def launch_command(path: Path, language: Language, build_dir: Path) -> list[str]:
    """The argv that launches a server. C is compiled into build_dir, once."""
    if language == "python":
        return [sys.executable, str(path)]
    if language == "node":
        return ["node", str(path)]
    return [str(_compiled(path, build_dir))]


def missing_tool_for(language: Language) -> str | None:
    """Why a server in this language can not be launched here, or None."""
    tool = TOOLS.get(language)
    return None if tool is None or shutil.which(tool) else f"{tool} not found"


def _docstring(path: Path, text: str) -> str:
    docstring = ast.get_docstring(ast.parse(text, str(path)))
    if docstring is None:
        raise ValueError(f"{path}: no docstring")
    return docstring.strip()


def _block_comment(path: Path, text: str) -> str:
    found = re.match(r"/\*(.*?)\*/", text, re.DOTALL)
    if found is None:
        raise ValueError(f"{path}: does not begin with a block comment")
    return inspect.cleandoc(re.sub(r"(?m)^[ \t]*\*[ \t]?", "", found[1])).strip()


def _fields(path: Path, paragraph: str, fields: Fields) -> dict[str, str]:
    given: dict[str, list[str]] = {name: [] for name in fields.names}
    name = ""
    for line in paragraph.splitlines():
        head, colon, rest = line.partition(":")
        if colon and head in given:
            if given[head] and head not in fields.repeated:
                raise ValueError(f"{path}: {head}: given twice")
            name = head
            given[name].append(rest.strip())
        elif name:
            given[name][-1] = f"{given[name][-1]} {line.strip()}".strip()
        else:
            raise ValueError(
                f"{path}: {fields.names[0]}: the last paragraph does not begin with a field"
            )
    for name, lines in given.items():
        if not all(lines or [name in fields.optional]):
            raise ValueError(f"{path}: {name}: missing or empty")
    return {name: "\n".join(lines) for name, lines in given.items()}


def _compiled(path: Path, build_dir: Path) -> Path:
    """The program made from a C or Go file; a changed file, or changed flags, gets another name.

    It appears under its name whole or not at all: workers that compile the same file at the same
    time each rename their own result, and no one executes a file that another still writes.
    """
    digest = hashlib.sha256(path.read_bytes() + " ".join(CFLAGS).encode()).hexdigest()[:12]
    program = build_dir / f"{path.stem}-{digest}"
    if program.exists():
        return program
    build_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build_dir) as folder:
        output = Path(folder, path.stem)
        (compile_go if path.suffix == ".go" else compile_c)(path, output)
        output.replace(program)
    return program


def compile_c(path: Path, output: Path, *flags: str) -> None:
    """Compile one C file. Raises RuntimeError with what the compiler said."""
    command = ["cc", *CFLAGS, *flags, "-o", str(output), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: does not compile:\n{done.stderr}")


def compile_go(path: Path, output: Path) -> None:
    """Compile one Go file. Raises RuntimeError with what the compiler said."""
    command = ["go", "build", "-o", str(output), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: does not compile:\n{done.stderr}")
