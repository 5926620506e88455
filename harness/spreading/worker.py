"""Our end of a process that does tasks: started, asked, watched, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from typing import NamedTuple

from harness.host.shortage import shortage
from harness.spreading.child import CELL
from harness.spreading.forking import Forked, Template
from harness.spreading.frames import BLOCK, Frames, framed
from harness.system import tree

PROGRAM = ("-P", "-m", "harness.spreading.child")
"""-P: a submission named socket.py, where we are, is not what we import."""
LAST_WORDS = 2000
"""Bytes of what a process wrote before it ended that are read."""
ENDS_WITHIN = 10.0
"""Seconds for a process to vanish after it was killed."""


class Weight(NamedTuple):
    """What a process and its descendants use."""

    memory: int
    """Resident bytes; pages that several share count once for each."""
    processes: int


class Worker:
    """One process.  Raises MachineProblem where none can be started.

    ``template``: it is forked from that one, if that is still there.
    """

    def __init__(self, *, cell: bool, template: Template | None = None) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        # Ours, since a process that is killed cannot tidy up.
        self._folder = tempfile.TemporaryDirectory(
            prefix="echo-harness-", ignore_cleanup_errors=True
        )
        try:
            self._start(cell, template)
        except OSError as error:
            raise shortage(error) or error from error
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)
        self._left = memoryview(b"")
        self._frames = Frames()

    def _start(self, cell: bool, template: Template | None) -> None:
        """Raises OSError."""
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self._in, self._out = os.fdopen(ours_in, "wb", 0), os.fdopen(ours_out, "rb", 0)
        standard = (theirs_in, theirs_out, self._said.fileno())
        name = self._folder.name
        try:
            self._process: Forked | subprocess.Popen[bytes] = (
                template and template.start(name, cell=cell, standard=standard)
            ) or subprocess.Popen(
                [sys.executable, *PROGRAM, name, *([CELL] if cell else [])],
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=self._said,
                start_new_session=True,  # Ctrl-C is for us
            )
        except BaseException:
            self._in.close()
            self._out.close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    @property
    def pid(self) -> int:
        """Its process id; 0 as long as that is not known."""
        return self._process.pid

    def fileno(self) -> int:
        """Readable when it tells something, or is gone."""
        return self._out.fileno()

    def ask(self, task: bytes) -> None:
        """Give it a task; ``push`` sends what the pipe does not take at once."""
        self._left = memoryview(framed(task))
        self.push()

    def push(self) -> None:
        """Send more of the task, if anything is left of it."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._left:
                self._left = self._left[os.write(self._in.fileno(), self._left) :]

    def told(self) -> list[bytes] | None:
        """The frames that have come; None when it is gone, and no more will come."""
        found: list[bytes] = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._out.fileno(), BLOCK):
                found += self._frames.feed(data)
            return found or None
        return found

    def want_no_more(self) -> None:
        """Let it end what it does; it still tells what came of it."""
        with contextlib.suppress(OSError):
            self._in.close()

    def weight(self) -> Weight:
        """What it uses now."""
        members = tree.family(self.pid) if self.pid else []
        return Weight(sum(map(resident, members)), len(members))

    def share(self) -> int:
        """Bytes of memory that it uses, where each shared page counts in parts (proc(5), Pss)."""
        return sum(map(proportional, tree.family(self.pid))) if self.pid else 0

    def end(self) -> str:
        """Kill it, and with it all that it launched.  Returns how it had ended, in words."""
        with contextlib.suppress(OSError):
            self._process.poll()
            if self._process.returncode is None:
                self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_WITHIN)
        how = _how(self._process.returncode)
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - LAST_WORDS))
        words = self._said.read().decode(errors="replace").strip().splitlines()
        if isinstance(self._process, Forked):
            self._process.close()
        self._folder.cleanup()
        for pipe in (self._in, self._out, self._said):
            with contextlib.suppress(OSError):
                pipe.close()
        return f"{how}: {words[-1]}" if words else how


def _how(status: int | None) -> str:
    if status is None:
        return "it could not be ended"
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        try:
            return f"by {signal.Signals(number).name}"
        except ValueError:
            return f"by signal {number}"
    return f"with status {status}"


def resident(pid: int) -> int:
    """Resident bytes of a process; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def proportional(pid: int) -> int:
    """Its share of the memory that it uses with others, in bytes; what is resident if unknown."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    return resident(pid)


PAGE = os.sysconf("SC_PAGE_SIZE")
