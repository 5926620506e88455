"""The fuzzer as one check of a run, ``fuzz/plans``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.events import Event
from harness.fleets import Fleets
from harness.lane import Patience
from harness.report.model import FuzzStats
from harness.settings import Settings
from harness.verdict import Profile, Result


def fuzz_check(
    fleets: Fleets,
    settings: Settings,
    profile: Profile,
    patience: Patience,
    repeat: Callable[[str], str],
) -> Iterator[Event | Result | FuzzStats]:
    yield from ()
