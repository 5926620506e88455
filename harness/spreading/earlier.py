"""Cases of earlier runs: which are tried again on a target, and what is told of those that pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.errors import UsageProblem
from harness.fuzzer import Corpus
from harness.fuzzer.case import dumps
from harness.fuzzer.datagrams.case import load_any
from harness.fuzzer.sorts import unsuited
from harness.settings.run import Settings
from harness.spreading.tasks import Again, Place
from harness.spreading.wire import sent
from harness.values.address import Transport
from harness.values.verdict import Profile


def tasks(
    corpus: Corpus, settings: Settings, promised: tuple[Profile, Transport], place: Place
) -> Iterator[Again | str]:
    """A task for each case in ``corpus``, or a note why it is left out.

    ``promised``: what the target promises, and over what it is tested.
    """
    for path in corpus.cases():
        try:
            case = load_any(path, pipes=False)
        except UsageProblem as problem:
            yield f"left out: {problem}"
            continue
        if reason := unsuited(case, *promised):
            yield f"{path} was left out: {reason}"
        else:
            yield Again(sent(settings), place, dumps(case), str(path))


def fixed(path: Path, *, forget: bool) -> str:
    """A note on a case that passes now; with ``forget`` it is removed."""
    end = "remove it with --forget-fixed"
    if forget:
        path.unlink(missing_ok=True)
        end = "it was removed"
    return f"{path} failed earlier and passes now; {end}."
