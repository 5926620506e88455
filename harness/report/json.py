"""The report as JSON: all of it, for machines, and to make the other outputs from later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageProblem
from harness.report.clean import defused
from harness.report.model import SCHEMA_VERSION, Report

SCHEMA_ID = f"echo-harness report, version {SCHEMA_VERSION}"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Head(msgspec.Struct):
    schema_version: int


def render(report: Report) -> str:
    """``report``, indented."""
    try:
        data = msgspec.json.encode(report)
    except UnicodeEncodeError:
        # A command line may hold bytes that are no UTF-8; JSON cannot.
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(report)))
    text = msgspec.json.format(data, indent=2).decode() + "\n"
    return defused(text, sharp="\\u0023", colon="\\u003a")


def schema() -> dict[str, Any]:
    """The JSON Schema of ``render``."""
    return {"$schema": DIALECT, "title": SCHEMA_ID, **msgspec.json.schema(Report)}


def load(path: str | Path) -> Report:
    """The report in the file ``path``.  Raises ``UsageProblem`` for anything else."""
    again = "Give a file that 'echo-harness check --report json=FILE' wrote."
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path}: cannot be read: {error.strerror}.", again) from error
    try:
        version = msgspec.json.decode(data, type=_Head).schema_version
        if version > SCHEMA_VERSION:
            raise UsageProblem(
                f"{path}: written by a newer version: schema_version is {version}, "
                f"this one reads up to {SCHEMA_VERSION}.",
                "Use the version that wrote it, or a newer one.",
            )
        return msgspec.json.decode(data, type=Report)
    except msgspec.ValidationError as error:
        raise UsageProblem(f"{path}: not a report of echo-harness: {error}.", again) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: damaged, or not JSON: {error}.", again) from error


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
