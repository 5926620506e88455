"""Which seeds a fuzz run is made of, and how what they find is put together.

A run is a row of searches, each with a seed of its own and some sessions.  Which ones these are
depends on the settings only, and what they find is weighed in the order of their seeds, whoever
did them and when.  So the same settings find the same with one worker and with a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from msgspec import Struct

from harness.fuzzer.bugs import Bug, Known
from harness.fuzzer.events import FuzzSummary
from harness.settings.run import Budget
from harness.spreading.tasks import AnySuspect, Examined
from harness.values.report import FuzzStats
from harness.values.verdict import Profile

PARTS = 64
"""Searches that a bounded number of sessions is cut into, so that eight workers end together."""
SIZES = {Profile.ONE_SHOT: (25, 100)}
USUAL_SIZES = (200, 1000)
"""Sessions of one search, at least and at most.  A launch of the target costs as much as some
hundred sessions; a target that is launched for each session is another matter."""
MOST_SEED = 2**31 - 1


class Range(Struct, frozen=True):
    """One search."""

    number: int
    """From 0."""
    seed: int
    sessions: int


def ranges(seed: int, budget: Budget, profile: Profile) -> Iterator[Range]:
    """The searches of a run; without end where only time bounds it."""
    least, most = SIZES.get(profile, USUAL_SIZES)
    left = budget.sessions
    size = most if left is None else max(least, min(most, -(-left // PARTS)))
    for number in count():
        sessions = size if left is None else min(size, left)
        if sessions <= 0:
            return
        yield Range(number, (seed + number) % (MOST_SEED + 1), sessions)
        left = None if left is None else left - sessions


class Question(Struct, frozen=True):
    """A failure that is worth looking into: the ``number``-th of the run."""

    number: int
    suspect: AnySuspect


class Sorter:
    """Weighs failures in the order of their seeds.

    A failure is looked into as soon as somebody is free, unless an earlier one looked the same, or
    so many were known bugs.  What comes of it counts only if it is new when its turn has come.
    """

    def __init__(self) -> None:
        self._known = Known()
        self._questions: list[Question] = []
        self._next = 0
        """The first question that has not been asked."""
        self._answers: dict[int, Examined | None] = {}
        self._weighed = 0
        self.unconfirmed = 0
        """Failures that did not show again."""

    @property
    def open(self) -> int:
        """Questions that are asked, and have no answer."""
        return self._next - len(self._answers)

    def known(self, bug: Bug) -> None:
        """A bug that an earlier case has shown."""
        self._known.shrunk(bug)

    def take(self, suspects: tuple[AnySuspect, ...]) -> bool:
        """The failures of the next search in order; whether one looks like none before."""
        fresh = [s for s in suspects if self._known.is_unseen(s.raw)]
        for suspect in fresh:
            self._known.saw(suspect.raw)
            self._questions.append(Question(len(self._questions), suspect))
        return bool(fresh)

    def ask(self) -> Question | None:
        """The next failure to look into."""
        while self._next < len(self._questions):
            question = self._questions[self._next]
            self._next += 1
            if not self._known.is_common(question.suspect.raw):
                return question
            self._answers[question.number] = None
            self._weigh_all()
        return None

    def answered(self, number: int, answer: Examined) -> list[Examined]:
        """The bugs that are known to be new, now that question ``number`` has an answer."""
        self._answers[number] = answer
        return self._weigh_all()

    def left(self) -> list[AnySuspect]:
        """Failures that nobody has looked into to the end."""
        return [q.suspect for q in self._questions if q.number not in self._answers]

    def _weigh_all(self) -> list[Examined]:
        new = []
        while self._weighed in self._answers:
            answer, question = self._answers[self._weighed], self._questions[self._weighed]
            self._weighed += 1
            if answer is not None and self._counts(question.suspect.raw, answer):
                new.append(answer)
        return new

    def _counts(self, raw: Bug, answer: Examined) -> bool:
        if self._known.is_common(raw):
            return False  # had it been asked later, nobody would have looked into it
        if answer.bug is None:
            self.unconfirmed += 1
            return False
        return self._known.is_new(raw, answer.bug)


class Total:
    """The sum of what searches have done, finished ones and those under way."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._stats: dict[int, FuzzStats] = {}
        self.turned_away: int | None = None

    def note(self, number: int, stats: FuzzStats) -> None:
        """What search ``number`` has done by now."""
        self._stats[number] = stats

    def forget(self, number: int) -> None:
        """It came to nothing, or begins again."""
        self._stats.pop(number, None)

    def ended(self, number: int, summary: FuzzSummary) -> None:
        self.note(number, summary.stats)
        self.turned_away = self.turned_away or summary.turned_away

    def stats(self, seconds: float, failures: int) -> FuzzStats:
        """All of it; ``seconds`` since the run began."""
        all_of_them = self._stats.values()
        return FuzzStats(
            seed=self._seed,
            sessions=sum(s.sessions for s in all_of_them),
            plans=sum(s.plans for s in all_of_them),
            bytes=sum(s.bytes for s in all_of_them),
            duration_s=round(seconds, 3),
            failures=failures,
        )
