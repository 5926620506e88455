"""Whether the scripts of a plan let one another go on: places to meet, and who comes after whom."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

from harness.values.plan import Meet, Plan, Script

Visit = tuple[str, int]
"""A place, and the number of the visit to it."""


def never_met(plan: Plan) -> int | None:
    """The first script that cannot go on even if the target does all it should; None if all can.

    ``plan`` has no script that comes after a later one (see ``problems_of``).

    A script begins when those that it comes after have ended, and goes on from a place when all
    that come there have been there as often, or have ended.
    """
    if not any(isinstance(step, Meet) for script in plan.scripts for step in script.steps):
        return None  # without meetings each script has its turn: it comes after earlier ones only
    walk = _Walk(plan)
    walk.walk()
    return next((i for i in range(len(plan.scripts)) if i not in walk.ended), None)


class _Walk:
    """All scripts go on as far as they can, with nothing but one another in their way."""

    def __init__(self, plan: Plan) -> None:
        self.ways = [_way(script) for script in plan.scripts]
        self.at = [0] * len(self.ways)
        self.ended: set[int] = set()
        self.visits = [dict(way) for way in self.ways]
        """For each script: place to the number of its visits there."""
        self.members: Counter[str] = Counter(place for own in self.visits for place in own)
        self.most: Counter[str] = Counter()
        """Place to the largest number of visits of one script."""
        for own in self.visits:
            self.most |= Counter(own)
        self.there: Counter[Visit] = Counter()
        """How many scripts need not be waited for: they have made this visit, or have ended."""
        self.waiting: dict[Visit, list[int]] = defaultdict(list)
        self.before = [set(script.after) for script in plan.scripts]
        self.then: dict[int, list[int]] = defaultdict(list)
        for i, before in enumerate(self.before):
            for j in before:
                self.then[j].append(i)

    def walk(self) -> None:
        todo = deque(i for i, before in enumerate(self.before) if not before)
        while todo:
            todo.extend(self._go_on(todo.popleft()))

    def _go_on(self, i: int) -> list[int]:
        """Let script ``i`` go on to the next place, or to its end; those that may go on then."""
        if self.at[i] < len(self.ways[i]):
            visit = self.ways[i][self.at[i]]
            self.at[i] += 1
            self.waiting[visit].append(i)
            return self._one_more(visit)
        self.ended.add(i)
        woken: list[int] = []
        for place, times in self.visits[i].items():
            for later in range(times + 1, self.most[place] + 1):
                woken += self._one_more((place, later))
        for j in self.then[i]:
            self.before[j].discard(i)
            if not self.before[j]:
                woken.append(j)
        return woken

    def _one_more(self, visit: Visit) -> list[int]:
        """One script less is waited for; returns those that wait no more."""
        self.there[visit] += 1
        if self.there[visit] < self.members[visit[0]]:
            return []
        return self.waiting.pop(visit, [])


def _way(script: Script) -> list[Visit]:
    """The visits of ``script``, in order."""
    times: Counter[str] = Counter()
    way = []
    for step in script.steps:
        if isinstance(step, Meet):
            times[step.place] += 1
            way.append((step.place, times[step.place]))
    return way
