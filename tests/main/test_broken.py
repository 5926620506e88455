"""Servers as beginners break them: nonconforming, by the right checks, and the bug is named.

For each: the checks that must find it, a few that must not accuse it, since what they ask for it
does right, and the cause that explains it.
"""

from __future__ import annotations

import fnmatch
import time
from typing import NamedTuple

import pytest

from tests.main.conftest import Check
from tests.main.running import SERVERS, Ran, python, repeat

WITHIN = 60.0
"""Seconds for a verdict at the default patience."""


@pytest.fixture
def check(check_here: Check) -> Check:
    """In this process: what is promised here is the verdict and what is said of it."""
    return check_here


class Broken(NamedTuple):
    """``guilty`` and ``innocent`` are checks; ``fails`` is all that may be found, as patterns."""

    server: str
    guilty: dict[str, str]
    """Check id to the causes that explain it; those that look the same from outside."""
    innocent: tuple[str, ...]
    fails: tuple[str, ...]


# accept() without an except clause ends the server when descriptors run out: a 'should'.
EMFILE = "resilience/descriptor-famine"
NEARLY_ALL = (
    *("identity/*", "chunking/*", "shutdown/*", "partial-send/*"),
    *("resilience/*", "sessions/*", "fuzz/plans"),
)
BROKEN = (
    Broken(
        "never_answers",
        {
            "chunking/prompt": "reads-never",
            "shutdown/after-echo": "reads-never",
        },
        ("launch/listens", "launch/loopback-only", "shutdown/at-once", "shutdown/no-spin"),
        NEARLY_ALL,
    ),
    Broken(
        "banner",
        {
            "identity/nothing-extra": "banner",
            "identity/hello": "banner",
            "shutdown/at-once": "banner",
        },
        ("launch/*", "resilience/terminates", "shutdown/no-spin", "shutdown/releases"),
        NEARLY_ALL,
    ),
    Broken(
        "strips_newline",
        {"identity/newlines": "line-ends-dropped"},
        (
            *("identity/hello", "identity/nul-bytes", "identity/every-byte-value", "chunking/*"),
            *("launch/*", "shutdown/*", "partial-send/*", "sessions/*", "resources/*"),
        ),
        ("identity/newlines", "identity/looks-like-a-command", "fuzz/plans", EMFILE),
    ),
    Broken(
        "reads_once",
        {
            "chunking/one-write-many-reads": "single-read",
            "identity/long-stream": "single-read",
            "shutdown/not-early": "single-read",
        },
        (
            *("identity/one-byte", "identity/hello", "identity/nothing-extra", "launch/*"),
            *("shutdown/at-once", "shutdown/after-echo", "shutdown/no-spin", "resources/*"),
        ),
        NEARLY_ALL,
    ),
    Broken(
        "closes_at_1024",
        {
            "chunking/one-write-many-reads": "bytes-quota",
            "identity/long-stream": "bytes-quota",
            "shutdown/flushes-everything": "bytes-quota",
        },
        (
            *("identity/one-byte", "identity/hello", "identity/newlines", "identity/nothing-extra"),
            *("identity/every-byte-value", "launch/*", "shutdown/at-once", "shutdown/after-echo"),
            *("shutdown/idle-kept", "resources/*"),
        ),
        ("identity/long-stream", "identity/counter", *NEARLY_ALL[1:]),
    ),
    Broken(
        "drops_last_chunk",
        {
            "shutdown/data-with-fin": "pending-dropped-at-end|end-with-data-lost",
            "shutdown/flushes-everything": "pending-dropped-at-end|end-with-data-lost",
        },
        (
            *("identity/*", "launch/*", "chunking/prompt", "chunking/read-boundary"),
            *("resources/*", "shutdown/at-once", "shutdown/after-echo", "shutdown/not-early"),
        ),
        NEARLY_ALL[1:],
    ),
    Broken(
        "dies_on_second_client",
        {
            "launch/stays-up": "crash",
            "sessions/one-after-another": "crash",
        },
        ("launch/listens", "launch/loopback-only"),
        # Whatever needs a second client, and the first may have come for another check.
        ("*",),
    ),
)
NAMES = [broken.server for broken in BROKEN]


def found(broken: Broken, ran: Ran) -> None:
    assert ran.code == 1
    assert ran.whole["verdict"] == "nonconforming"
    assert ran.ids("flaky") == set()
    for check_id, cause in broken.guilty.items():
        result = ran.check(check_id)
        assert result["status"] == "failed", check_id
        assert result["diagnosis"]["cause"] in cause.split("|"), check_id
        assert result["diagnosis"]["hint"]
    assert ran.left == []


@pytest.mark.parametrize("broken", BROKEN, ids=NAMES)
def test_it_is_found_by_the_right_checks(check: Check, broken: Broken) -> None:
    """Only these checks are run: each fails, and says why."""
    only = [word for check_id in broken.guilty for word in ("--only", check_id)]
    ran = check(*only, "--fuzz", "0", "--patience", "1", *python(SERVERS / f"{broken.server}.py"))
    found(broken, ran)


def test_a_failure_can_be_repeated(check: Check, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The command that the report gives for a failure shows the very same failure again."""
    options = ("--only", "identity/n*", "--seed", "7", "--fuzz", "0", "--profile", "sequential")
    ran = check(*options, *python(SERVERS / "strips_newline.py"))
    assert ran.ids("failed") == {"identity/newlines"}
    first = ran.check("identity/newlines")
    again = repeat(tmp_path_factory.mktemp("again"), first["repeat"])
    assert again.code == 1
    (second,) = again.whole["checks"]
    for field in ("id", "status", "summary", "findings", "diagnosis", "repeat"):
        assert second[field] == first[field]
    assert again.whole["tool"]["seed"] == 7


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("broken", BROKEN, ids=NAMES)
def test_the_whole_contract_accuses_it_of_nothing_else(check: Check, broken: Broken) -> None:
    """All checks at the default patience: a verdict within a minute, and no false accusation."""
    began = time.monotonic()
    ran = check(*python(SERVERS / f"{broken.server}.py"))
    assert time.monotonic() - began < WITHIN
    found(broken, ran)
    failed = ran.ids("failed")
    assert unexpected(failed, broken.fails) == set()
    assert failed - unexpected(failed, broken.innocent) == set()


def unexpected(ids: set[str], patterns: tuple[str, ...]) -> set[str]:
    """Those that match no pattern."""
    return {i for i in ids if not any(fnmatch.fnmatchcase(i, pattern) for pattern in patterns)}
