"""Fuzzing: plans drawn, performed, judged; what fails is shrunk, kept, and can be replayed.

``run`` is the whole of it, ``replay`` performs a saved case, ``script_for`` makes a program of it
that needs nothing of this project.
"""

from harness.fuzzer.case import CORPUS, Case, Rate, load, save
from harness.fuzzer.corpus import Corpus, corpus_of
from harness.fuzzer.events import Failure, Fixed, FuzzEvent, FuzzSummary
from harness.fuzzer.replay import ReplayResult, replay
from harness.fuzzer.run import run
from harness.fuzzer.script import script_for
from harness.values.events import Notice

__all__ = [
    "CORPUS",
    "Case",
    "Corpus",
    "Failure",
    "Fixed",
    "FuzzEvent",
    "FuzzSummary",
    "Notice",
    "Rate",
    "ReplayResult",
    "corpus_of",
    "load",
    "replay",
    "run",
    "save",
    "script_for",
]
