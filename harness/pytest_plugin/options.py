"""What pytest's command line and ini file ask for, as the options of ``harness.check``."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = "echo-harness"
"""The first part of the node ids."""
LEVELS = ("must", "should", "may")
OPTIONS: tuple[tuple[str, type, str], ...] = (
    ("profile", str, "what the server promises: auto, one-shot, sequential or concurrent"),
    ("port", int, "the port that it listens on, if it is hard-coded"),
    ("patience", float, "seconds without any progress after which waiting ends"),
    ("rate", float, "the most new connections a second"),
    ("seed", int, "decides payloads, cuts and plans"),
    ("isolate", str, "networks of their own for instances: auto, always or never"),
    (
        "dictionary",
        str,
        "constants that steer the fuzzer: auto, none, or a file of AFL or libFuzzer",
    ),
    ("fuzz", int, "sessions of the short fuzz at the end (0: none)"),
)


def asked(config: pytest.Config) -> list[tuple[str | None, dict[str, Any]]]:
    """Command (or None) and options of each target whose checks shall be items."""
    options = chosen(config)
    found: list[tuple[str | None, dict[str, Any]]] = [
        (command, options) for command in config.getoption("echo_target") or ()
    ]
    if (address := config.getoption("echo_connect")) is not None:
        found.append((None, {**options, "connect": address}))
    if not found and config.getini("echo_checks"):
        found.append((config.getini("echo_target"), options))
    return found


def chosen(config: pytest.Config) -> dict[str, Any]:
    """The options of ``harness.check`` that the command line or else the ini file sets."""
    found: dict[str, Any] = {}
    for name, kind, _ in OPTIONS:
        value = config.getoption(f"echo_{name}")
        if value is None and (text := config.getini(f"echo_{name}")):
            value = _converted(name, kind, text)
        if value is not None:
            found[name] = value
    if config.getoption("echo_strict") or config.getini("echo_strict"):
        found["strict"] = True
    return found


def _converted(name: str, kind: type, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise pytest.UsageError(f"echo_{name} = {text!r} is no {kind.__name__}") from None
