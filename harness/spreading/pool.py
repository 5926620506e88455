"""A crew of processes on this machine.

A worker that ends without an answer loses nothing: its task is done again by another one.  One that
takes too much time, memory or too many processes is ended.  None of this disturbs the others.
"""

from __future__ import annotations

import os
import selectors
import time
from collections import deque

import msgspec

from harness.spreading.crew import MIB, Limits, News
from harness.spreading.forking import Template, template
from harness.spreading.tasks import Lost, Told, Working, told_of
from harness.spreading.worker import Worker

TRIES = 2
"""A worker may be killed by somebody who means another; who kills two means them."""
GRACE = 15.0
"""Seconds in which a worker that is to end still tells what it has found out."""
LOOK = 0.3
"""Seconds between two looks at what workers use."""
LOST_ADVICE = (
    "A server that kills all it can reach does that; so does a machine that is short of memory."
)


class Job:
    """A task, and how it goes."""

    def __init__(self, number: int, task: bytes, cell: bool) -> None:
        self.number = number
        self.task = task
        self.cell = cell
        self.tries = 0
        self.ends = 0.0
        """When it must have ended."""
        self.late = False
        self.dropped = False
        """Nobody waits for it any more; what it tells in a while is taken."""
        self.over = ""
        """What it took too much of, in words."""


class Pool:
    """``size`` workers.  ``fresh``: each does one task and ends, so that no task finds anything of
    another."""

    def __init__(self, size: int, limits: Limits, *, fresh: bool) -> None:
        self._size = size
        self._limits = limits
        self._fresh = fresh
        self._waiting: deque[Job] = deque()
        self._busy: dict[Worker, Job] = {}
        self._idle: list[Worker] = []
        self._news: list[News] = []
        self._looked = 0.0
        self._template: Template | None = None
        """What workers are forked from, where there are several."""

    @property
    def workers(self) -> int:
        return self._size

    def put(self, number: int, task: bytes, *, cell: bool, soon: bool = False) -> None:
        (self._waiting.appendleft if soon else self._waiting.append)(Job(number, task, cell))

    def news(self, seconds: float) -> list[News]:
        ends = time.monotonic() + seconds
        while True:
            self._hand_out()
            self._hear(max(0.0, min(LOOK, ends - time.monotonic())))
            self._watch()
            if self._news or time.monotonic() >= ends or not (self._busy or self._waiting):
                found, self._news = self._news, []
                return found

    def give_up(self) -> None:
        self._news += [News(job.number, None) for job in self._waiting]
        self._waiting.clear()
        for worker, job in self._busy.items():
            worker.want_no_more()
            job.ends = min(job.ends, time.monotonic() + GRACE)
            job.dropped = True

    def close(self) -> None:
        for worker in (*self._busy, *self._idle):
            worker.end()
        self._busy, self._idle = {}, []
        if self._template is not None:
            self._template.close()
            self._template = None

    def _hand_out(self) -> None:
        while self._waiting and len(self._busy) < self._size:
            job = self._waiting.popleft()
            worker = self._idle.pop() if self._idle else self._new(job)
            job.tries += 1
            job.ends = time.monotonic() + self._limits.seconds
            self._busy[worker] = job
            worker.ask(job.task)

    def _new(self, job: Job) -> Worker:
        if self._template is None and (self._size > 1 or self._fresh):
            self._template = template()
        return Worker(cell=job.cell, template=self._template)

    def _hear(self, seconds: float) -> None:
        with selectors.DefaultSelector() as selector:
            for worker in self._busy:
                worker.push()
                selector.register(worker, selectors.EVENT_READ)
            ready = selector.select(seconds) if self._busy else []
        for key, _ in ready:
            assert isinstance(key.fileobj, Worker)
            self._take(key.fileobj)

    def _take(self, worker: Worker) -> None:
        job = self._busy[worker]
        frames = worker.told()
        if frames is None:
            self._gone(worker, job)
            return
        for told in map(_read, frames):
            if isinstance(told, Working):
                self._news.append(News(job.number, told))
            else:
                self._finish(worker, job, told)

    def _gone(self, worker: Worker, job: Job) -> None:
        """It has ended without an answer."""
        del self._busy[worker]
        how = worker.end()
        if job.dropped:
            self._news.append(News(job.number, None))
        elif job.over:
            self._news.append(News(job.number, Lost(job.over)))
        elif job.tries < TRIES:
            self._waiting.appendleft(job)
        else:
            why = f"The process that judged it ended {how}, {job.tries} times."
            self._news.append(News(job.number, Lost(why, LOST_ADVICE)))

    def _finish(self, worker: Worker, job: Job, told: Told) -> None:
        del self._busy[worker]
        self._news.append(News(job.number, told))
        broken = isinstance(told, Lost) and told.whose == "harness"
        if self._fresh or job.late or job.dropped or broken:
            worker.end()
        else:
            self._idle.append(worker)

    def _watch(self) -> None:
        """End what takes too much."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        if self._template is not None:
            self._template.wake()  # who can reach the workers can reach it as well
        for worker, job in list(self._busy.items()):
            if (job.late or job.dropped) and now > job.ends:
                job.over = job.over or f"It took longer than {self._limits.seconds:.0f} s."
                self._gone(worker, job)
            elif now > job.ends:
                job.late = True
                job.ends = now + GRACE
                worker.want_no_more()
            elif why := self._too_much(worker):
                job.over = why
                self._gone(worker, job)

    def _too_much(self, worker: Worker) -> str:
        most = self._limits
        weight = worker.weight()
        if weight.processes > most.processes:
            return f"It had {weight.processes:,} processes, more than {most.processes:,}."
        if weight.memory > most.memory and (share := worker.share()) > most.memory:
            return f"It used {share // MIB:,} MiB of memory, more than {most.memory // MIB:,} MiB."
        return ""


def cores() -> int:
    """How many workers there are unless somebody says otherwise."""
    return len(os.sched_getaffinity(0))


def _read(frame: bytes) -> Told:
    try:
        return told_of(frame)
    except msgspec.DecodeError as error:
        return Lost(f"The worker gave no answer that can be read: {error}", whose="harness")
