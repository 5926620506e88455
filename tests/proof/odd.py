"""What the diagnosis says of odd servers: ``python -m tests.proof.odd [--count N] [--seed S]``.

Nothing is run: what the checks would see is computed (``tests.diagnosis.simulated``).  A bug that
no cause names must not be named: a wrong cause that is likely or certain is worse than none.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from random import Random

from harness.diagnosis import explain
from harness.diagnosis.evidence import POSSIBLE
from harness.values.report import UNEXPLAINED, Cause
from tests.diagnosis.simulated import LARGE, SMALL, case_of
from tests.proof.odd_servers import Odd, Served, drawn

SIGHTS = tuple((buffer, checks) for checks in (LARGE, SMALL) for buffer in (1024, 4096, 65536))
"""The buffer of the server, and what is checked."""


def head(odd: Odd, buffer: int, checks: tuple[str, ...]) -> Cause | None:
    """The first cause that is named; None if there is none, or nothing is wrong."""
    causes = explain(case_of(Served(odd.connection), buffer, checks)).causes
    return None if not causes or causes[0].id == UNEXPLAINED else causes[0]


def verdict(odd: Odd, cause: Cause | None) -> str:
    """``right``, ``vague``, ``wrong`` (a guess) or ``WRONG`` (a claim)."""
    if cause is None:
        return "vague"
    if cause.id in odd.accepts:
        return "right"
    if "known" in odd.accepts:
        return "known"
    return "wrong" if cause.confidence == POSSIBLE else "WRONG"


def lines(odd: Odd, sights: int, counted: Counter[str], names: Counter[str]) -> Iterator[str]:
    """One for each cause that is named, with where it was."""
    told: dict[tuple[str, str], list[str]] = {}
    said: dict[tuple[str, str], Cause | None] = {}
    for buffer, checks in SIGHTS[:sights]:
        cause = head(odd, buffer, checks)
        word = verdict(odd, cause)
        counted[word] += 1
        if word == "WRONG" and cause is not None:
            names[cause.id] += 1
        key = (word, cause.id if cause else "")
        told.setdefault(key, []).append(f"{buffer}{'+' * (checks is LARGE)}")
        said.setdefault(key, cause)
    for (word, name), where in told.items():
        found = said[word, name]
        what = f"{found.confidence} {name}: {found.evidence}" if found else "unexplained"
        yield f"{word:6} {odd.name} [{' '.join(where)}]: {what}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1, help="how often all families are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sights", type=int, default=len(SIGHTS), help="the first of the sights")
    parser.add_argument("--only", default="", help="families whose name has this in it")
    chosen = parser.parse_args()
    counted, names = Counter[str](), Counter[str]()
    for number in range(chosen.count):
        for odd in drawn(Random(chosen.seed + number)):
            if chosen.only in odd.name:
                for line in lines(odd, chosen.sights, counted, names):
                    print(line, flush=True)
    print(dict(counted), dict(names.most_common()))


if __name__ == "__main__":
    main()
