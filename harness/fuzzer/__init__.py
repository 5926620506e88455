"""Fuzzing: plans are drawn, performed and judged; those that fail are shrunk, saved and replayed.

``run`` does all of it for a ``Task``, and ``replay`` performs a saved case.  ``script.script_for``
makes a program of a case that needs nothing of this project, and ``datagrams`` is for servers of
datagrams: most runs need neither, so who does imports it.
"""

from harness.fuzzer.case import CORPUS, Case, Rate, load, save
from harness.fuzzer.corpus import Corpus, corpus_of
from harness.fuzzer.events import Failure, Fixed, FuzzEvent, FuzzSummary
from harness.fuzzer.replay import ReplayResult, replay
from harness.fuzzer.run import run
from harness.fuzzer.task import Bounds, Task
from harness.values.events import Notice

__all__ = [
    "CORPUS",
    "Bounds",
    "Case",
    "Corpus",
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
    "replay",
    "run",
    "save",
]
