"""Servers of datagrams, broken and correct, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

from tests import good, zoo
from tests.good import GoodServer
from tests.zoo import Inhabitant

HERE = Path(__file__).parent


def broken() -> list[Inhabitant]:
    """Those with a bug, which the check must catch that they name, sorted by name."""
    return zoo.inhabitants(HERE / "zoo")


def correct() -> list[GoodServer]:
    """Those without, sorted by name."""
    return good.servers(HERE / "good")
