"""What pytest's command line and ini file ask for, as the options of ``harness.check``."""

from __future__ import annotations

import os
from typing import Any

import pytest

ROOT = "echo-harness"
"""The first part of the node ids."""
LEVELS = ("must", "should", "may")
OPTIONS: tuple[tuple[str, type, str], ...] = (
    ("profile", str, "what the server promises: auto, one-shot, sequential or concurrent"),
    ("port", int, "the port that it listens on, if it is hard-coded"),
    ("transport", str, "what it speaks: auto, tcp, unix or udp"),
    ("launch", str, "how it comes by its listener: listen, inetd, inetd-wait, socket-activation"),
    ("effort", str, "how long, not how strict: quick, normal or thorough"),
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
    found += [
        (None, with_path(config, {**options, "handler": name}))
        for name in config.getoption("echo_handler") or ()
    ]
    if (address := config.getoption("echo_connect")) is not None:
        found.append((None, {**options, "connect": address}))
    if not found and config.getini("echo_checks"):
        command, named = configured(config)
        found.append((command, with_path(config, {**options, **named})))
    return found


def configured(config: pytest.Config) -> tuple[str | None, dict[str, Any]]:
    """The server of the ini file: its command, or None and the option that names its handler."""
    command, handler = config.getini("echo_target"), config.getini("echo_handler")
    if command and handler:
        raise pytest.UsageError("the ini file has both echo_target and echo_handler: one is enough")
    return command or None, {"handler": handler} if handler else {}


def with_path(config: pytest.Config, options: dict[str, Any]) -> dict[str, Any]:
    """``options``; a handler is imported from where the session imports its modules from."""
    folders = [str(folder) for folder in config.getini("pythonpath")]
    env = dict(options.get("env") or {})
    if "handler" not in options or not folders or "PYTHONPATH" in env:
        return options
    folders += filter(None, [os.environ.get("PYTHONPATH")])
    return {**options, "env": {**env, "PYTHONPATH": os.pathsep.join(folders)}}


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
