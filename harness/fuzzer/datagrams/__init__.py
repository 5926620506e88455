"""Fuzzing servers of datagrams: drawn, performed, judged, shrunk and kept as streams are.

The pieces that know no plan (the dice, the payloads, the events, the corpus) are those of the
folder above.
"""

from harness.fuzzer.datagrams.case import DatagramCase
from harness.fuzzer.datagrams.replay import replay
from harness.fuzzer.datagrams.run import run
from harness.fuzzer.datagrams.script import script_for

__all__ = ["DatagramCase", "replay", "run", "script_for"]
