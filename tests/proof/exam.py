"""Marks what a report says of a broken server against the causes that the server itself names.

The first cause of the report is what a reader begins with: the headline.  Then each failed check
has one of its own.  Right is what names a bug of the server; vague is what names none, or only one
that is beside the point; all else is wrong, also what is said of a correct server.  Where the bug
has no name in the catalogue, to name none is right.
"""

from __future__ import annotations

import enum
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.values.report import UNEXPLAINED, Report
from tests.unseen import NAMELESS

Bugs = tuple[tuple[str, ...], ...]
"""For each bug of a server the ids that name it."""


class Group(enum.StrEnum):
    """Where a server comes from: whoever wrote the rules must not have looked at some of them."""

    SEEN = "zoo, looked at"
    HIDDEN = "zoo, not looked at"
    UNSEEN = "unseen, first set"
    SECOND = "unseen, second set"
    THIRD = "unseen, third set"
    FOURTH = "unseen, fourth set"
    FIFTH = "unseen, fifth set"
    SIXTH = "unseen, sixth set"
    SEVENTH = "unseen, seventh set"
    EIGHTH = "unseen, eighth set"
    NINTH = "unseen, ninth set"
    TENTH = "unseen, tenth set"
    ELEVENTH = "unseen, eleventh set"
    TWELFTH = "unseen, twelfth set"
    THIRTEENTH = "unseen, thirteenth set"
    FOURTEENTH = "unseen, fourteenth set"
    DATAGRAMS = "unseen, other transports"
    SEVERAL = "several bugs"
    CORRECT = "correct"


class Mark(enum.StrEnum):
    RIGHT = "right"
    VAGUE = "vague"
    WRONG = "wrong"


@dataclass(frozen=True)
class Server:
    """What is to be found out about one server; a correct one has no bugs."""

    name: str
    group: Group
    bugs: Bugs = ()
    beside: Bugs = ()
    """Bugs that it has too and is not there for."""

    @property
    def heading(self) -> str:
        """The first name of its first bug."""
        return self.bugs[0][0] if self.bugs else "none"


@dataclass(frozen=True)
class Answer:
    """What was said somewhere, and what it is worth."""

    where: str
    """The id of a check, or of the cause itself."""
    said: str | None
    mark: Mark


@dataclass(frozen=True)
class Paper:
    """All that a report says of one server's bugs, marked."""

    server: Server
    headline: Answer | None
    """None where nothing failed."""
    further: tuple[Answer, ...] = ()
    """The other causes of the report."""
    checks: tuple[Answer, ...] = ()
    """The failed checks."""
    unnamed: Bugs = ()
    """The bugs that no cause of the report names."""

    @property
    def complete(self) -> bool:
        """Each bug is named, and nothing is said that is wrong."""
        return not self.unnamed and not list(self.wrong())

    def wrong(self) -> Iterator[Answer]:
        """Whatever accuses the server of a bug that it does not have."""
        said = (*((self.headline,) if self.headline else ()), *self.further, *self.checks)
        return (answer for answer in said if answer.mark is Mark.WRONG)


def group_of(name: str) -> Group:
    """In which half of the zoo an inhabitant is: that of the rules, or that of the exam."""
    return (Group.SEEN, Group.HIDDEN)[hashlib.sha256(name.encode()).digest()[0] % 2]


def marked(server: Server, report: Report) -> Paper:
    """The paper of one server, of which ``report`` tells."""
    causes = [cause.id for cause in report.causes]
    failed = report.failures()
    headline = None
    if failed or causes:
        headline = _headline(server, causes[0] if causes else None)
    return Paper(
        server=server,
        headline=headline,
        further=tuple(_answer(server, cause, cause) for cause in causes[1:]),
        checks=tuple(
            _answer(server, result.id, result.diagnosis.cause if result.diagnosis else None)
            for result in failed
        ),
        unnamed=tuple(bug for bug in server.bugs if not {*bug} & {*causes, NAMELESS}),
    )


def _headline(server: Server, said: str | None) -> Answer:
    answer = _answer(server, "headline", said)
    if answer.said is not None and answer.mark is Mark.RIGHT and not _named(server.bugs, said):
        return Answer("headline", said, Mark.VAGUE)
    return answer


def _answer(server: Server, where: str, said: str | None) -> Answer:
    if said is None or said == UNEXPLAINED:
        return Answer(where, None, Mark.RIGHT if _named(server.bugs, NAMELESS) else Mark.VAGUE)
    true = _named((*server.bugs, *server.beside), said)
    return Answer(where, said, Mark.RIGHT if true else Mark.WRONG)


def _named(bugs: Bugs, name: str | None) -> bool:
    return any(name in bug for bug in bugs)


def headlines(papers: Iterable[Paper]) -> Counter[Mark]:
    """How many of each mark the headlines have."""
    return Counter(paper.headline.mark for paper in papers if paper.headline)


def checks(papers: Iterable[Paper]) -> Counter[Mark]:
    """How many of each mark all failed checks have."""
    return Counter(answer.mark for paper in papers for answer in paper.checks)
