"""Servers that are reached otherwise than by TCP, or launched otherwise: broken ones, correct ones.

Each has the way before its name, ``udp.truncates_1024``, since names are used again elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests import datagrams, streams
from tests.good import GoodServer
from tests.grid import Job
from tests.proof.runs import SEARCH, Work, searched
from tests.servers import launch_command, missing_tool_for
from tests.zoo import Inhabitant

UDP = "udp"
OPTIONS: Mapping[str, Sequence[str]] = {UDP: (), **streams.OPTIONS}
"""What is said of the servers of each way."""
DUE = {("udp.asyncio_protocol", "datagram/empty")}
"""Warnings that are true: asyncio sends no empty datagram before Python 3.13."""
SLOW = ("inetd.",)
"""A process for each client: hundreds of them may take too long, which is said of nobody."""


def broken(way: str) -> list[Inhabitant]:
    """Those of one way with a bug, which the check must catch that they name."""
    found = datagrams.broken() if way == UDP else streams.broken(way)
    return [replace(one, name=f"{way}.{one.name}") for one in found]


def correct(way: str) -> list[GoodServer]:
    """Those of one way without."""
    found = datagrams.correct() if way == UDP else streams.correct(way)
    return [replace(one, name=f"{way}.{one.name}") for one in found]


def job(server: Inhabitant | GoodServer, folder: Path, *options: str) -> Job:
    """A run of one server, with a corpus of its own."""
    way = server.name.partition(".")[0]
    command = launch_command(server.path, server.language, folder / "build")
    corpus = str(folder / "corpus" / server.name)
    return Job(server.name, command, (*OPTIONS[way], *options, "--corpus", corpus))


def can_run(server: Inhabitant | GoodServer) -> bool:
    return missing_tool_for(server.language) is None


def work(folder: Path, kind: str) -> list[Work]:
    """A run for each server of ``kind`` (``zoo`` or ``good``) that can be launched here."""
    found: list[Work] = []
    for way in OPTIONS:
        for one in broken(way) if kind == "zoo" else correct(way):
            if can_run(one):
                more = SEARCH if isinstance(one, Inhabitant) and searched(one) else ()
                made = job(one, folder, *more)
                found.append(Work(replace(made, name=f"{kind}-{one.name}"), one.path))
    return found


def reference() -> list[Job]:
    """The reference over each transport, launched in each style."""
    python = (sys.executable, "-m", "echo_ref")
    made = [
        Job("listen-tcp", python),
        Job("listen-udp", (*python, "--udp")),
        Job("listen-unix", (*python, "--unix", "{path}")),
    ]
    for style, transports in (
        ("inetd", ("tcp", "unix")),
        ("inetd-wait", ("tcp", "unix", "udp")),
        ("socket-activation", ("tcp", "unix", "udp")),
    ):
        made += [
            Job(f"{style}-{one}", python, ("--launch", style, "--transport", one))
            for one in transports
        ]
    return made
