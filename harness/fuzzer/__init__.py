"""Fuzzing: plans are drawn, performed and judged; those that fail are shrunk, saved and replayed.

``run`` does all of it for a ``Task``, ``replay`` performs a saved case, and ``script_for`` makes a
program of a case that needs nothing of this project.
"""

from harness.fuzzer.case import CORPUS, Case, Rate, load, save
from harness.fuzzer.corpus import Corpus, corpus_of
from harness.fuzzer.datagrams.case import DatagramCase, load_any, loads_any
from harness.fuzzer.events import Failure, Fixed, FuzzEvent, FuzzSummary
from harness.fuzzer.replay import ReplayResult, replay
from harness.fuzzer.run import run
from harness.fuzzer.script import script_for
from harness.fuzzer.sorts import AnyCase
from harness.fuzzer.task import Bounds, Task
from harness.values.events import Notice

__all__ = [
    "CORPUS",
    "AnyCase",
    "Bounds",
    "Case",
    "Corpus",
    "DatagramCase",
    "Failure",
    "Fixed",
    "FuzzEvent",
    "FuzzSummary",
    "Notice",
    "Rate",
    "ReplayResult",
    "Task",
    "corpus_of",
    "load",
    "load_any",
    "loads_any",
    "replay",
    "run",
    "save",
    "script_for",
]
