"""Whether the scripts of a plan let one another go on: places to meet, and who comes after whom."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

from harness.plan import Meet, Plan, Script


def never_met(plan: Plan) -> int | None:
    """The first script that cannot go on even if the target does all it should; None if all can.

    ``plan`` has no script that comes after a later one (see ``problems_of``).

    A script begins when those that it comes after have ended, and goes on from a place when all
    that come there have been there as often, or have ended.
    """
    if not any(isinstance(step, Meet) for script in plan.scripts for step in script.steps):
        return None  # who only comes after others has its turn: they stand before it
    walk = _Walk(plan)
    walk.walk()
    return next((i for i in range(len(plan.scripts)) if i not in walk.ended), None)


class _Walk:
    """All scripts go on as far as they can, with nothing but one another in their way."""

    def __init__(self, plan: Plan) -> None:
        self.ways = [_way(script) for script in plan.scripts]
        self.at = [0] * len(self.ways)
        self.visits: dict[tuple[str, int], int] = defaultdict(int)
        """Place and script to how often it has come there."""
        self.ended: set[int] = set()
        self.members: dict[str, set[int]] = defaultdict(set)
        for i, way in enumerate(self.ways):
            for place, _ in way:
                self.members[place].add(i)
        self.waiting: dict[str, list[int]] = defaultdict(list)
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
        """Let script ``i`` go on; those that may go on thereupon."""
        woken: list[int] = []
        while self.at[i] < len(self.ways[i]):
            place, visit = self.ways[i][self.at[i]]
            self.visits[place, i] = visit
            if not self._all_there(place, visit):
                self.waiting[place].append(i)
                return woken
            self.at[i] += 1
            woken += self.waiting.pop(place, ())
        self.ended.add(i)
        for place, _ in self.ways[i]:
            woken += self.waiting.pop(place, ())
        for j in self.then[i]:
            self.before[j].discard(i)
            if not self.before[j]:
                woken.append(j)
        return woken

    def _all_there(self, place: str, visit: int) -> bool:
        return all(self.visits[place, j] >= visit or j in self.ended for j in self.members[place])


def _way(script: Script) -> list[tuple[str, int]]:
    """The places that ``script`` comes to, and for how many times then."""
    times: Counter[str] = Counter()
    way = []
    for step in script.steps:
        if isinstance(step, Meet):
            times[step.place] += 1
            way.append((step.place, times[step.place]))
    return way
