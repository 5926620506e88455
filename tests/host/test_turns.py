"""Threads that go on one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from harness.driver.poller import Poller
from harness.host import turns
from harness.host.turns import Turns
from harness.system import tree

LONG = 20.0
"""Seconds that no test waits."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    """Turns that nobody else takes, and that are waited for."""
    made = Turns(LONG)
    monkeypatch.setattr(turns, "TURNS", made)
    yield made
    assert made.take(), "somebody has kept a turn"


def waiting_for(turn: Turns, number: int) -> None:
    deadline = time.monotonic() + LONG
    while len(turn._calls) < number:
        assert time.monotonic() < deadline
        time.sleep(0.0005)


def test_who_waits_longest_is_next(fresh: Turns) -> None:
    """A turn goes to one that waits for it, and not to whoever asks a moment later."""
    assert fresh.take()
    came: list[int] = []

    def work(number: int) -> None:
        assert fresh.take()
        came.append(number)
        fresh.give()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for number, thread in enumerate(threads):
        thread.start()
        waiting_for(fresh, number + 1)
    assert came == []
    fresh.give()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2]


def test_who_gets_no_turn_goes_on_without() -> None:
    """A thread that waits where it did not say so holds up nobody for long."""
    short = Turns(0.001)
    assert short.take()
    assert not short.take()
    short.give()
    assert short.take()  # who has given up is not called
    short.give()


def test_a_thread_that_takes_no_turns_waits_for_none(fresh: Turns) -> None:
    """Nothing is taken or given by it."""
    assert fresh.take()
    with turns.waiting():
        assert not turns.are_taken()
    assert not fresh._calls
    fresh.give()


@pytest.mark.parametrize("wait", [lambda: tree.nap(0.001), lambda: Poller[None]().wait(0.001)])
def test_others_go_on_while_one_waits(fresh: Turns, wait: object) -> None:
    """For a moment to pass, or for a socket."""
    assert callable(wait)
    went_on = threading.Event()

    def work() -> None:
        with turns.working():
            went_on.set()

    with turns.working():
        other = threading.Thread(target=work)
        other.start()
        waiting_for(fresh, 1)
        assert not went_on.is_set()
        wait()
        assert went_on.wait(LONG)
        other.join()


def test_a_turn_ends_with_an_error(fresh: Turns) -> None:
    """Whatever happens in a thread, the others go on."""
    with pytest.raises(ValueError), turns.working(), turns.waiting():
        raise ValueError
    assert not fresh._taken
