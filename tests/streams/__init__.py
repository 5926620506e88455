"""Servers of streams over Unix sockets, and those that are given their listener: a folder for each
way, and in it the broken ones and the correct ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import good, zoo
from tests.good import GoodServer
from tests.zoo import Inhabitant

HERE = Path(__file__).parent
OPTIONS: Mapping[str, Sequence[str]] = {
    "unix": (),
    "inetd": ("--launch", "inetd"),
    "wait": ("--launch", "inetd-wait"),
    "activation": ("--launch", "socket-activation"),
}
"""What is said of the servers of each folder."""


def broken(way: str) -> list[Inhabitant]:
    """Those with a bug, which the check must catch that they name, sorted by name."""
    return zoo.inhabitants(HERE / way / "zoo")


def correct(way: str) -> list[GoodServer]:
    """Those without, sorted by name."""
    return good.servers(HERE / way / "good")
