"""What a target wrote last is kept when it is let go of, and nobody asks where there is nothing."""

from __future__ import annotations

from typing import Any

import pytest

from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from tests.support.rough import Launch, rough

SILENT = "serve()"
SPEAKS = "print('its last words', flush=True); serve()"


@pytest.fixture
def requests(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the warden is asked from here on."""
    asked: list[str] = []
    ask = keeper.ask

    def counted(request: dict[str, Any]) -> None:
        asked.append(request["op"])
        ask(request)

    monkeypatch.setattr(keeper, "ask", counted)
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
    """Letting go of it is one request, and its output is empty from then on."""
    instance = over(launch, SILENT)
    requests.clear()
    instance.forget()
    assert requests == ["forget"]
    assert instance.output() == ""
    assert requests == ["forget"]


def test_who_wrote_something_keeps_its_last_words(launch: Launch, requests: list[str]) -> None:
    """They are asked for once, before the warden lets go of them."""
    instance = over(launch, SPEAKS)
    requests.clear()
    instance.forget()
    assert requests == ["output", "forget"]
    assert instance.output() == "its last words"
    assert requests == ["output", "forget"]


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
