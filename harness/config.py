"""Targets with names: ``[tool.echo-harness]`` in pyproject.toml, or echo-harness.toml.

The command line beats a target's table, which beats what holds for all targets, which beats the
defaults.  Each value remembers where it comes from.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from harness.choices import DEFAULTS, EXPECTS, NAMES, TYPES, choose, settings
from harness.errors import UsageProblem
from harness.places import line_of, places
from harness.settings import Settings

OWN = "echo-harness.toml"
PYPROJECT = "pyproject.toml"
ONE_TARGET = ("command", "connect", "expected-failures")
"""What has a meaning in a target's table only."""
FOR_ALL = tuple(name for name in NAMES if name not in ONE_TARGET)


class Sourced(NamedTuple):
    """A value and where it comes from: ``default``, ``FILE:LINE`` or ``command line``."""

    value: Any
    source: str


class Config(NamedTuple):
    """What a file says.  Values are checked, but as they stand there."""

    path: Path
    common: Mapping[str, Sourced]
    targets: Mapping[str, Mapping[str, Sourced]]

    def run(self, name: str, given: Mapping[str, Any]) -> Settings:
        """The run for the target ``name``; ``given`` comes from the command line."""
        merged = self.merged(name, given)
        return _settings(merged, label=name)

    def merged(self, name: str | None, given: Mapping[str, Any]) -> dict[str, Sourced]:
        """All values in force for a target, or (None) for a command that is none of them."""
        own = self.target(name) if name is not None else {}
        layers = {**defaults(), **self.common, **own}
        if name is not None:
            layers = {key: self._from_here(key, value) for key, value in layers.items()}
            if layers["command"].value and not layers["cwd"].value:
                layers["cwd"] = Sourced(_unless_here(self.path.parent), f"folder of {self.path}")
        return {**layers, **{key: Sourced(value, "command line") for key, value in given.items()}}

    def target(self, name: str) -> Mapping[str, Sourced]:
        """Raises UsageProblem that names the nearest."""
        if name not in self.targets:
            raise UsageProblem(
                f"{self.path} has no target {name!r}.",
                _nearest(name, self.targets) or "It has no targets.",
            )
        return self.targets[name]

    def _from_here(self, key: str, value: Sourced) -> Sourced:
        """Folders in a file are meant from where the file is."""
        if key not in ("cwd", "corpus") or value.value is None or value.source == "default":
            return value
        return Sourced(_unless_here(self.path.parent / value.value), value.source)


def defaults() -> dict[str, Sourced]:
    return {name: Sourced(DEFAULTS.get(name), "default") for name in NAMES}


def plain_run(config: Config | None, given: Mapping[str, Any]) -> Settings:
    """The run for a command or an address; what the file says for all targets holds."""
    merged = config.merged(None, given) if config else {}
    return _settings({**merged, **{k: Sourced(v, "command line") for k, v in given.items()}})


def _settings(merged: Mapping[str, Sourced], label: str | None = None) -> Settings:
    chosen = {
        name.replace("-", "_"): sourced.value
        for name, sourced in merged.items()
        if sourced.value is not None and sourced.source != "default"
    }
    return settings(choose(chosen), label=label)


def _unless_here(folder: Path) -> str | None:
    """``folder``, or None if it is the working directory."""
    resolved = folder.resolve()
    return None if resolved == Path.cwd() else str(resolved)


# --- reading ------------------------------------------------------------------------------------


def find(start: Path | None = None) -> Config | None:
    """The configuration of the nearest folder upwards that has one.  Raises UsageProblem."""
    try:
        folder = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise UsageProblem(
            "the folder that this was started in has been removed.",
            "Change to one that exists: cd, and start again.",
        ) from None
    for place in (folder, *folder.parents):
        for name in (OWN, PYPROJECT):
            path = place / name
            shown = Path(os.path.relpath(path))
            if os.path.isfile(path) and (config := load(shown)) is not None:
                return config
    return None


def load(path: Path) -> Config | None:
    """What ``path`` says; None for a pyproject.toml that says nothing of us.

    Raises UsageProblem with the file, the line, the key and what was expected there.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if path.name == PYPROJECT and "echo-harness" not in text:
            return None
        raise UsageProblem(f"{path}: not valid TOML: {error}.", "See https://toml.io.") from error
    prefix: tuple[str, ...] = ()
    if path.name == PYPROJECT:
        prefix = ("tool", "echo-harness")
        data = data.get("tool", {}).get("echo-harness")
        if data is None:
            return None
    return Reader(path, places(text), prefix).config(data)


def _text(path: Path) -> str:
    advice = f"Name a TOML file such as {OWN}."
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageProblem(f"{path}: cannot be read: {error.strerror}.", advice) from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path}: not UTF-8, so not TOML.", advice) from error


class Reader:
    """Checks the tables of one file."""

    def __init__(self, path: Path, lines: dict[tuple[str, ...], int], prefix: tuple[str, ...]):
        self.path, self.lines, self.prefix = path, lines, prefix

    def config(self, data: Any) -> Config:
        if not isinstance(data, dict):
            self.fail((), "expected a table")
        targets = data.get("targets", {})
        if not isinstance(targets, dict):
            self.fail(("targets",), "expected a table for each target: [targets.NAME]")
        common = {k: v for k, v in data.items() if k != "targets"}
        return Config(
            self.path,
            self.table((), common, FOR_ALL, ("targets",)),
            {name: self.target(name, table) for name, table in targets.items()},
        )

    def target(self, name: str, table: Any) -> dict[str, Sourced]:
        where = ("targets", name)
        if not isinstance(table, dict):
            self.fail(where, "expected a table: [targets.NAME] with a command")
        found = self.table(where, table, NAMES)
        if ("command" in table) == ("connect" in table):
            self.fail(where, "expected either command or connect")
        for check_id, reason in table.get("expected-failures", {}).items():
            self.expectation((*where, "expected-failures", check_id), reason)
        return found

    def table(
        self,
        where: tuple[str, ...],
        table: Mapping[str, Any],
        names: Iterable[str],
        others: Iterable[str] = (),
    ) -> dict[str, Sourced]:
        found = {}
        for key, value in table.items():
            path = (*where, key)
            if key in ONE_TARGET and key not in names:
                self.fail(path, f"{key} belongs to a target: [targets.NAME]")
            if key not in names:
                self.fail(path, "unknown key.", _nearest(key, [*names, *others]))
            try:
                msgspec.convert(value, TYPES[key])
            except msgspec.ValidationError as error:
                self.fail(path, f"expected {EXPECTS[key]}, found {value!r}", cause=error)
            found[key] = Sourced(value, f"{self.path}:{self.line(path)}")
        return found

    def expectation(self, path: tuple[str, ...], reason: str) -> None:
        from harness.contract.catalogue import IDS

        check_id = path[-1]
        if check_id not in IDS:
            self.fail(path, f"there is no check {check_id!r}.", _nearest(check_id, IDS))
        if not reason.strip():
            self.fail(path, "expected a reason, such as a bug's number; it is empty")

    def line(self, path: tuple[str, ...]) -> int:
        return line_of((*self.prefix, *path), self.lines)

    def fail(
        self,
        path: tuple[str, ...],
        message: str,
        advice: str = "",
        cause: Exception | None = None,
    ) -> NoReturn:
        key = ".".join((*self.prefix, *path))
        text = f"{self.path}:{self.line(path)}: {key}: {message}"
        raise UsageProblem(text.rstrip(".") + ".", advice) from cause


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    lowered = word.lower().replace("_", "-")
    near = difflib.get_close_matches(lowered, names, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known are {', '.join(names)}." if len(names) <= 25 and names else ""
