"""Targets with names: ``[tool.echo-harness]`` in pyproject.toml, or echo-harness.toml.

The command line beats a target's table, which beats what holds for all targets, which beats the
defaults.  Each value remembers where it comes from.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from harness.errors import UsageProblem
from harness.settings.choices import (
    DEFAULTS,
    EXPECTS,
    GRADING,
    NAMES,
    TYPES,
    GradingTable,
    choose,
    flaw,
)
from harness.settings.making import settings
from harness.settings.run import Settings
from harness.settings.toml_lines import line_of, places
from harness.text import outside
from harness.text.nearest import did_you_mean
from harness.values.dictionary import AUTO, NONE

OWN = "echo-harness.toml"
PYPROJECT = "pyproject.toml"
ONE_TARGET = ("command", "handler", "connect", "expected-failures")
"""What has a meaning in a target's table only."""
WAYS = ("command", "handler", "connect")
"""The ways to say where a target is; each has one of them."""
LARGEST_FILE = 1024 * 1024
"""Bytes.  A thousand targets with twenty lines each are less."""
FOR_ALL = tuple(name for name in NAMES if name not in ONE_TARGET)


class Sourced(NamedTuple):
    """A value and where it comes from: ``default``, ``FILE:LINE`` or ``command line``."""

    value: Any
    source: str


class Config(NamedTuple):
    """What a file says.  Values are checked, and kept as they are written there."""

    path: Path
    common: Mapping[str, Sourced]
    targets: Mapping[str, Mapping[str, Sourced]]

    def run(self, name: str, given: Mapping[str, Any]) -> Settings:
        """The run for the target ``name``; ``given`` comes from the command line."""
        merged = self.merged(name, given)
        choose({key.replace("-", "_"): value for key, value in given.items()})  # no fault of a file
        try:
            return _settings(merged, label=name)
        except UsageProblem as problem:  # each value is good, and two of them do not go together
            where = f"target {outside.shown(name)} of {outside.clipped(str(self.path))}"
            raise UsageProblem(f"{where}: {problem.message}", problem.advice) from problem

    def merged(self, name: str | None, given: Mapping[str, Any]) -> dict[str, Sourced]:
        """All values in force for the target ``name``; None: for a command that is no target."""
        own = self.target(name) if name is not None else {}
        layers = {**defaults(), **self.common, **own}
        if name is not None:
            layers = {key: self._from_here(key, value) for key, value in layers.items()}
            launched = layers["command"].value or layers["handler"].value
            if launched and not layers["cwd"].value:
                layers["cwd"] = Sourced(_unless_here(self.path.parent), f"folder of {self.path}")
        return {**layers, **{key: Sourced(value, "command line") for key, value in given.items()}}

    def target(self, name: str) -> Mapping[str, Sourced]:
        """Raises UsageProblem that names the nearest."""
        if name not in self.targets:
            raise UsageProblem(
                f"{self.path} has no target {outside.shown(name)}.",
                _nearest(name, self.targets) or "It has no targets.",
            )
        return self.targets[name]

    def _from_here(self, key: str, value: Sourced) -> Sourced:
        """A relative folder or file in a file starts at the folder of the file."""
        if value.value is None or value.source == "default":
            return value
        if key == "dictionary" and value.value not in (AUTO, NONE):
            return Sourced(str(self.path.parent / value.value), value.source)
        if key not in ("cwd", "corpus"):
            return value
        return Sourced(_unless_here(self.path.parent / value.value), value.source)


def defaults() -> dict[str, Sourced]:
    return {name: Sourced(DEFAULTS.get(name), "default") for name in NAMES}


def plain_run(config: Config | None, given: Mapping[str, Any]) -> Settings:
    """The run for a command or an address, with what the file sets for all targets."""
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
    return None if resolved == outside.working_directory() else str(resolved)


# --- reading ------------------------------------------------------------------------------------


def find(start: Path | None = None) -> Config | None:
    """The configuration of the nearest folder upwards that has one.  Raises UsageProblem."""
    folder = (start or outside.working_directory()).resolve()
    for place in (folder, *folder.parents):
        for name in (OWN, PYPROJECT):
            path = place / name
            # Unlike Path.is_file, this does not raise for a file that may not be looked at.
            if os.path.isfile(path) and (config := load(Path(os.path.relpath(path)))) is not None:
                return config
    return None


def load(path: Path) -> Config | None:
    """What ``path`` says; None for a pyproject.toml without a table of ours.

    Raises UsageProblem with the file, the line, the key and what was expected there.
    """
    content = outside.read(path, most=LARGEST_FILE, advice=_ADVICE)
    try:
        text, data = _parsed(content, outside.clipped(str(path)))
    except UsageProblem:
        if path.name == PYPROJECT and b"echo-harness" not in content:
            return None
        raise
    prefix: tuple[str, ...] = ()
    if path.name == PYPROJECT:
        prefix = ("tool", "echo-harness")
        tools = data.get("tool")
        data = tools.get("echo-harness") if isinstance(tools, dict) else None
        if data is None:
            return None
    return Reader(path, places(text), prefix).config(data)


_ADVICE = f"Name a TOML file such as {OWN}."
_NO_PREFIX = (
    f"only {PYPROJECT} has tables [tool.echo-harness...]; write [targets.NAME] here, and above it "
    "what holds for all targets"
)


def _parsed(content: bytes, name: str) -> tuple[str, Any]:
    if wrong := outside.not_utf8(content):
        raise UsageProblem(f"{name}: {wrong}, so not TOML.", _ADVICE)
    text = content.decode("utf-8-sig")  # without an editor's byte order mark
    try:
        return text, tomllib.loads(text)
    except RecursionError as error:
        raise UsageProblem(f"{name}: not valid TOML: nested too deeply.", _ADVICE) from error
    except ValueError as error:  # TOMLDecodeError, or a number of 5,000 digits
        what = outside.clipped(str(error).partition(";")[0]).rstrip(".")
        raise UsageProblem(f"{name}: not valid TOML: {what}.", "See https://toml.io.") from error


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
        if not name.isprintable() or not name:
            self.fail(where, "expected a name of printable characters")
        if not isinstance(table, dict):
            self.fail(where, "expected a table: [targets.NAME] with a command")
        found = self.table(where, table, NAMES)
        if sum(key in table for key in WAYS) != 1:
            self.fail(where, "expected one of command, handler and connect")
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
            if key == "tool" and not self.prefix:
                self.fail(path, f"unknown key: {_NO_PREFIX}")
            if key not in names:
                self.fail(path, "unknown key.", _nearest(key, [*names, *others]))
            try:
                msgspec.convert(value, TYPES[key])
            except msgspec.ValidationError as error:
                if key == "grading" and isinstance(value, dict):
                    self.grading(path, value)
                found_there = outside.as_toml(value)
                self.fail(path, f"expected {EXPECTS[key]}, found {found_there}", cause=error)
            if wrong := flaw(key, value):
                self.fail(path, wrong)
            if key in ("only", "skip"):
                self.patterns(path, value)
            found[key] = Sourced(value, f"{self.path}:{self.line(path)}")
        return found

    def grading(self, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        """Fail at the first of its keys that is wrong."""
        for key, value in table.items():
            if key not in GRADING:
                self.fail((*path, key), "unknown key.", _nearest(key, GRADING))
            try:
                msgspec.convert({key: value}, GradingTable)
            except msgspec.ValidationError as error:
                found = outside.as_toml(value)
                self.fail((*path, key), f"expected {GRADING[key]}, found {found}", cause=error)

    def patterns(self, path: tuple[str, ...], patterns: Iterable[str]) -> None:
        """Fail unless each matches a check."""
        from harness.contract.catalogue import unmatched

        for pattern in patterns:
            if (advice := unmatched(pattern)) is not None:
                self.fail(path, f"{outside.shown(pattern)} matches no check.", advice)

    def expectation(self, path: tuple[str, ...], reason: str) -> None:
        from harness.contract.catalogue import IDS

        check_id = path[-1]
        if check_id not in IDS:
            self.fail(
                path, f"there is no check {outside.shown(check_id)}.", _nearest(check_id, IDS)
            )
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
        file, key = (outside.clipped(s) for s in (str(self.path), ".".join((*self.prefix, *path))))
        text = f"{file}:{self.line(path)}: {key}: {message}"
        raise UsageProblem(text.rstrip(".") + ".", advice) from cause


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    if near := did_you_mean(word, names):
        return near
    return f"Known are {', '.join(names)}." if len(names) <= 25 and names else ""
