"""The report as JSON: all of it, for machines, and to make the other outputs from later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageProblem
from harness.report.comparison import Comparison
from harness.text import outside
from harness.text.clean import defused
from harness.values.report import SCHEMA_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Head(msgspec.Struct):
    schema_version: int
    kind: str = "report"


def render(report: Report | Comparison) -> str:
    """``report``, indented."""
    try:
        data = msgspec.json.encode(report)
    except UnicodeEncodeError:
        # A command line may hold bytes that are no UTF-8; JSON cannot.
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(report)))
    return _indented(data)


render_all = render


def document(value: Any) -> str:
    """Data of another format, whose strings are ``printable``, as JSON."""
    return _indented(msgspec.json.encode(value))


def _indented(data: bytes) -> str:
    text = msgspec.json.format(data, indent=2).decode() + "\n"
    return defused(text, sharp="\\u0023", colon="\\u003a")


def schema(of: type[Report | Comparison] = Report) -> dict[str, Any]:
    """The JSON Schema of ``render``."""
    title = f"echo-harness {of.__name__.lower()}, version {SCHEMA_VERSION}"
    return {"$schema": DIALECT, "title": title, **msgspec.json.schema(of)}


LARGEST_FILE = 64 * 1024 * 1024
"""Bytes.  A report of all checks has some hundred KiB, with the last output of each some MiB."""
_AGAIN = "Give a file that 'echo-harness check --report json=FILE' wrote."


def load(path: str | Path) -> Report:
    """The report in the file ``path``.  Raises ``UsageProblem`` for anything else."""
    found = load_any(path)
    if isinstance(found, Comparison):
        raise UsageProblem(
            f"{path}: holds several targets, and one is wanted here.",
            "Give a file of one run; '{target}' in the file name makes one for each target.",
        )
    return found


def load_any(path: str | Path) -> Report | Comparison:
    """The same, also for a file of ``compare`` or ``check --all``."""
    data = outside.read(path, most=LARGEST_FILE, advice=_AGAIN)
    name = outside.clipped(str(path))
    if wrong := outside.not_utf8(data):
        raise UsageProblem(f"{name}: damaged, or not JSON: {wrong}.", _AGAIN)
    report: Report | Comparison
    try:
        head = msgspec.json.decode(data, type=_Head)
        _check_version(head.schema_version, name)
        if head.kind == "comparison":
            report = msgspec.json.decode(data, type=Comparison)
        else:
            report = msgspec.json.decode(data, type=Report)
        msgspec.json.encode(report)
    except OverflowError as error:
        raise UsageProblem(f"{name}: holds a number beyond 64 bits.", _AGAIN) from error
    except msgspec.ValidationError as error:
        what = outside.clipped(str(error))
        raise UsageProblem(f"{name}: not a report of echo-harness: {what}.", _AGAIN) from error
    except (msgspec.DecodeError, RecursionError) as error:
        what = outside.clipped(str(error))
        raise UsageProblem(f"{name}: damaged, or not JSON: {what}.", _AGAIN) from error
    return report


def _check_version(version: int, name: str) -> None:
    if version > SCHEMA_VERSION:
        raise UsageProblem(
            f"{name}: written by a newer version: schema_version is {outside.shown(version)}, "
            f"this one reads up to {SCHEMA_VERSION}.",
            "Use the version that wrote it, or a newer one.",
        )
    if version < 1:
        raise UsageProblem(f"{name}: there is no schema_version {outside.shown(version)}.", _AGAIN)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
