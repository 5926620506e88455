"""How the next clients are served when one has failed, and what is said of it."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import explain
from harness.diagnosis.experiments import Fact
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen

CHURN = "sessions/churn"
THERE = seen("0.1 connected; 0.1 sent 10; 0.2 received 10")
BEHIND = failed(CHURN, found(Kind.NO_ECHO, 1, sent=10, received=0), THERE, THERE)
WORDS = 'Traceback (most recent call last):\n  File "s.py", line 9, in serve\nKeyError: 7'


def test_the_next_has_the_descriptor_of_the_one_that_failed() -> None:
    """One client is not served after one that failed, and all others are: state that is kept by
    descriptor was not cleared."""
    one = case(BEHIND, aftermath={"none": "right", "reset": "nothing", "still": "right"})
    told = explain(one).causes[0]
    assert (told.id, told.explains) == ("state-by-descriptor", (CHURN,))
    assert told.evidence[0] == (
        "When one client had got its answer and reset, the next was not served, and the one after "
        "that was: the next has the descriptor (the number) of the one that failed."
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"none": "right", "unread": "nothing", "still": "right"}, "state-by-descriptor"),
        ({"none": "nothing", "reset": "nothing", "still": "right"}, ""),
        ({"none": "right", "reset": "right", "unread": "right", "stalled": "right"}, ""),
        ({"none": "right", "reset": "nothing", "still": "nothing"}, "lock-kept"),
        ({"none": "right", "stalled": "nothing", "still": "open"}, "lock-kept"),
        ({"none": "right", "reset": "part", "still": "right"}, ""),
        ({"none": "right", "reset": "ended", "still": "ended"}, "client-error-ends-server"),
        ({"none": "right", "unread": "refused", "still": "refused"}, "client-error-ends-server"),
        ({"none": "right", "reset": "ended", "still": "right"}, ""),
        ({"none": "right", "reset": "ended", "still": "nothing"}, ""),
    ],
)
def test_what_the_clients_after_one_that_failed_tell(facts: dict[str, Fact], told: str) -> None:
    """Only the next is not served: its descriptor.  Nobody is: a lock.  All are ended: an error
    that ends more than its own connection.  Who is not served before anybody failed: none."""
    assert causes(case(BEHIND, aftermath=facts)) == ([told] if told else [])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"plain_bad": 0, "reset_bad": 4}, "connections-used-up"),
        ({"plain_bad": 0, "reset_bad": 2}, "client-error-ends-server"),
        ({"plain_bad": 0, "reset_bad": 0}, "client-error-ends-server"),
        ({"plain_bad": 0, "reset_bad": 34}, "client-error-ends-server"),
    ],
)
def test_several_who_reset_use_something_up(row: dict[str, Fact], told: str) -> None:
    """Three that reset do no harm, and nobody is served after them: none of them is to blame alone.
    If dozens are needed it may be all clients together."""
    one = case(BEHIND, aftermath=ENDED, connections=row)
    assert causes(one) == [told]


def test_what_resets_use_up_is_told_with_its_number() -> None:
    """The reader learns that good clients do no harm."""
    one = case(BEHIND, connections={"plain_bad": 0, "reset_bad": 4})
    (told,) = explain(one).causes[0].evidence
    assert told == (
        "Of clients that reset, one after another, 3 were served, and then nobody; clients that "
        "end in good order are served again and again."
    )


STUCK: dict[str, Fact] = {"none": "right", "reset": "nothing", "still": "nothing"}
SKIPPED: dict[str, Fact] = {**STUCK, "still": "right"}
ENDED: dict[str, Fact] = {"none": "right", "reset": "ended", "still": "ended"}


@pytest.mark.parametrize("facts", [STUCK, SKIPPED, ENDED])
def test_whose_turn_it_is_says_nothing_where_clients_take_turns(facts: dict[str, Fact]) -> None:
    """A sequential server may still be with an earlier client."""
    one = case(BEHIND, profile=Profile.SEQUENTIAL, aftermath=facts)
    kept = {"state-by-descriptor", "lock-kept", "client-error-ends-server"}
    assert kept.isdisjoint(causes(one))


@pytest.mark.parametrize("facts", [STUCK, SKIPPED])
def test_its_own_words_say_more_than_who_is_served(facts: dict[str, Fact]) -> None:
    """An exception of its own is told: neither a lock nor a descriptor is guessed."""
    spoke = msgspec.structs.replace(BEHIND, output=WORDS)
    assert {"state-by-descriptor", "lock-kept"}.isdisjoint(causes(case(spoke, aftermath=facts)))


def test_a_server_that_has_died_serves_nobody_for_another_reason() -> None:
    """An error that ends all later connections is told only of a server that lives."""
    death = ended(1)
    died = failed("fuzz/plans", found(Kind.DIED), THERE, deaths=(death,))
    assert "client-error-ends-server" not in causes(case(BEHIND, died, aftermath=ENDED))
    told = msgspec.structs.replace(death, asked=True)  # that somebody ended it is no death
    status = failed("shutdown/sigterm", found(Kind.EXIT_STATUS, None), THERE, deaths=(told,))
    assert "client-error-ends-server" in causes(case(BEHIND, status, aftermath=ENDED))


def test_who_is_busy_waits_for_no_lock() -> None:
    """Nobody is served, but it computes."""
    spins = failed("shutdown/no-spin", found(Kind.RESOURCE, None))
    assert "lock-kept" not in causes(case(BEHIND, spins, aftermath=STUCK))


def test_a_lock_is_not_kept_where_just_one_is_not_served() -> None:
    """Clients that leave in the middle make others wait in vain; the experiment tells whether a
    lock or a descriptor makes them."""
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 reset")
    waits = seen("0.3 connected; 0.3 sent 10")
    ids = ("resilience/reset-mid-echo", "resilience/vanish-while-sending")
    deaf = [failed(i, found(Kind.NO_ECHO, 1), gone, waits) for i in ids]
    assert causes(case(*deaf)) == ["lock-kept"]
    assert causes(case(*deaf, aftermath=STUCK)) == ["lock-kept"]
    assert causes(case(*deaf, aftermath=SKIPPED)) == ["state-by-descriptor"]
    spoke = [msgspec.structs.replace(e, output=WORDS) for e in deaf]
    assert "lock-kept" in causes(case(*spoke))
    assert "lock-kept" not in causes(case(*spoke, aftermath=SKIPPED))


def test_who_serves_one_after_another_keeps_no_lock() -> None:
    """The program that is still at the client that has gone does not wait for one."""
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 reset")
    waits = seen("0.3 connected; 0.3 sent 10")
    ids = ("resilience/reset-mid-echo", "resilience/vanish-while-sending")
    deaf = [failed(i, found(Kind.NO_ECHO, 1), gone, waits) for i in ids]
    assert causes(case(*deaf)) == ["lock-kept"]
    assert "lock-kept" not in causes(case(*deaf, profile=Profile.SEQUENTIAL))


STAYED: dict[str, Fact] = {"earlier": "right", "newer": "right", "later": "right"}


@pytest.mark.parametrize(
    ("stayed", "told"),
    [
        ({"newer": "nothing"}, "removes-wrong-client"),
        ({"newer": "ended"}, "removes-wrong-client"),
        ({"earlier": "nothing"}, "removes-wrong-client"),
        ({"earlier": "nothing", "newer": "nothing"}, ""),
        ({"newer": "nothing", "later": "nothing"}, ""),
        ({"newer": "wrong"}, ""),
        ({}, "state-by-descriptor"),
    ],
)
def test_who_was_there_before_has_a_descriptor_of_its_own(
    stayed: dict[str, Fact], told: str
) -> None:
    """One of two who were there is forgotten, and the next but one is served: its entry was removed
    in place of that of the one who failed.  All forgotten: another bug."""
    one = case(BEHIND, aftermath={**SKIPPED, **STAYED, **stayed})
    assert causes(one) == ([told] if told else [])


@pytest.mark.parametrize("next_one", ["right", "nothing"])
def test_the_client_that_is_forgotten_is_told_by_its_place(next_one: str) -> None:
    """It does not matter how the next client fares, which may be luck."""
    served: dict[str, Fact] = {"none": "right", "reset": next_one, "still": "right"}
    one = case(BEHIND, aftermath={**served, **STAYED, "newer": "nothing"})
    told = explain(one).causes[0]
    assert (told.id, told.confidence) == ("removes-wrong-client", "certain")
    assert told.evidence[0] == (
        "Three clients came one after another and were served. When the second had failed the "
        "third got no answer any more, the first did not suffer, and one that came later was "
        "served."
    )


@pytest.mark.parametrize("command", [("node", "server.js"), ("java", "Server")])
def test_programs_that_see_no_descriptors_keep_nothing_under_them(
    command: tuple[str, ...],
) -> None:
    """Where those who stayed were not looked at, nobody knows what it is; else it is a number that
    the program gives itself."""

    def of(facts: dict[str, Fact]) -> list[str]:
        one = msgspec.structs.replace(case(BEHIND, aftermath=facts), command=command)
        assert "descriptor" not in "".join(cause.bug for cause in explain(one).causes)
        return causes(one)

    assert of(SKIPPED) == []
    assert of({**SKIPPED, **STAYED}) == ["state-by-descriptor"]
    assert of({**SKIPPED, **STAYED, "newer": "nothing"}) == ["removes-wrong-client"]


def test_a_process_that_dies_disconnects_whom_it_served() -> None:
    """Then nobody was taken for another."""
    spoke = msgspec.structs.replace(BEHIND, output="worker 3 exited with status 1")
    one = case(spoke, aftermath={**SKIPPED, **STAYED, "newer": "ended"})
    assert "removes-wrong-client" not in causes(one)
