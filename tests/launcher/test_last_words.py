"""What a target wrote last is kept when it is let go of, and nobody asks where there is nothing.

The warden is told to let go of it together with the next request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.wardens import MOST_LATER, Warden
from tests.support.rough import Launch, rough

SILENT = "serve()"
SPEAKS = "print('its last words', flush=True); serve()"


@pytest.fixture
def requests(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the warden is asked from here on."""
    asked: list[str] = []
    ask = Warden.ask

    def counted(warden: Warden, request: dict[str, Any]) -> None:
        asked.extend(json.loads(line)["op"] for line in warden.waits)
        asked.append(request["op"])
        ask(warden, request)

    monkeypatch.setattr(Warden, "ask", counted)
    return asked


def over(launch: Launch, code: str) -> Instance:
    """An instance that has ended."""
    instance = launch(*rough(code))
    instance.kill()
    assert not instance.alive
    return instance


def test_who_wrote_nothing_is_not_asked_for_its_last_words(
    launch: Launch, requests: list[str]
) -> None:
    """Letting go of it takes no message of its own, and its output is empty from then on."""
    instance = over(launch, SILENT)
    requests.clear()
    instance.forget()
    assert instance.output() == ""
    assert requests == []
    launch(*rough(SILENT))
    assert requests == ["forget", "launch"]


def test_who_wrote_something_keeps_its_last_words(launch: Launch, requests: list[str]) -> None:
    """They are asked for once, before the warden lets go of them."""
    instance = over(launch, SPEAKS)
    requests.clear()
    instance.forget()
    assert instance.output() == "its last words"
    assert requests == ["output"]
    launch(*rough(SILENT))
    assert requests == ["output", "forget", "launch"]


def test_of_many_that_are_let_go_of_the_warden_is_told_soon(keeper: Keeper) -> None:
    """It holds three descriptors for each: those of some, at most."""
    keeper.output(0)  # an answer: it has begun to serve
    holds = Path(f"/proc/{keeper.pid}/fd")
    before = len(list(holds.iterdir()))
    for _ in range(3 * MOST_LATER):
        ident = keeper.launch(["/bin/true"], {}, None)
        while ident not in keeper.exits:
            keeper.poll(0.05)
    for each in keeper.pids:
        keeper.forget(each)
    keeper.output(ident)  # an answer, behind all of these
    assert len(list(holds.iterdir())) == before


def test_words_that_come_with_the_end_are_told_before_it(keeper: Keeper) -> None:
    """Of twenty that speak and end at once none counts as silent."""
    for _ in range(20):
        ident = keeper.launch(["/bin/sh", "-c", "echo last words >&2; exit 3"], {}, None)
        while ident not in keeper.exits:
            keeper.poll(0.05)
        assert not keeper.is_silent(ident)
        keeper.forget(ident)


def test_who_lives_may_still_say_something(launch: Launch, keeper: Keeper) -> None:
    """It is not silent before its end."""
    instance = launch(*rough(SILENT))
    assert not keeper.is_silent(instance.ident)
    instance.kill()
    assert keeper.is_silent(instance.ident)
