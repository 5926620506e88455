"""The oracle for datagrams, with literal histories."""

from __future__ import annotations

import pytest

from harness.judging.datagrams import judge
from harness.values.datagrams import (
    Ask,
    Asked,
    AwaitAnswers,
    Came,
    ClientTrace,
    DatagramPlan,
    DatagramScript,
    DatagramTrace,
    asked_by,
    side_by_side,
)
from harness.values.plan import Literal
from harness.values.trace import Death
from harness.values.verdict import Breach, Finding, Kind, Profile

THERE = ("127.0.0.1", 7007)
ONE, TWO = b"0123456789ABCDEF", b"the second of the two"
PLAN = side_by_side((Ask(Literal(ONE)), Ask(Literal(TWO)), AwaitAnswers()))
SILENT = Asked(4, 0, 3.0)


def came(data: bytes, source: tuple[str, int] = THERE) -> Came:
    of = {ONE: 0, TWO: 1}.get(data)
    return Came(0.1, source, len(data), of, b"" if of is not None else data)


def seen(*answers: bytes, **changes: object) -> ClientTrace:
    """A client of ``PLAN`` that got ``answers``."""
    asked = tuple(Asked(1, sum(a == data for a in answers)) for data in (ONE, TWO))
    fields = {"asked": asked, "came": tuple(map(came, answers)), "target": THERE, **changes}
    return ClientTrace(**fields)  # type: ignore[arg-type]


def findings(
    *clients: ClientTrace,
    plan: DatagramPlan = PLAN,
    profile: Profile = Profile.SEQUENTIAL,
    deaths: tuple[Death, ...] = (),
) -> list[Finding]:
    return judge(plan, DatagramTrace(clients, deaths=deaths), profile)


@pytest.mark.parametrize("answers", [(ONE, TWO), (TWO, ONE)])
def test_each_once_in_any_order_is_right(answers: tuple[bytes, ...]) -> None:
    """UDP promises no order."""
    assert findings(seen(*answers)) == []


def test_loss_alone_is_no_breach() -> None:
    """Nobody insisted, or it was asked again and came."""
    assert findings(seen(ONE)) == []
    assert findings(seen(ONE, TWO, TWO, asked=(Asked(1, 1), Asked(3, 2)))) == []


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ((ONE[:10], TWO), Kind.TRUNCATED, "came back with 10 bytes: the last 6 bytes are missing"),
        ((b"", TWO), Kind.TRUNCATED, "came back with 0 bytes"),
        ((ONE[6:], TWO), Kind.LOST, "what stands at offset 0 is missing"),
        ((ONE + TWO,), Kind.MERGED, "up to number 2, came back as one of 37 bytes"),
        ((ONE, ONE + TWO), Kind.MERGED, "came back as one"),
        ((ONE[:8], ONE[8:], TWO), Kind.SPLIT, "came back as 2 datagrams"),
        ((ONE + b"\0\0\0", TWO), Kind.EXTRA, "with 3 bytes more behind it"),
        ((b"Echo: " + ONE, TWO), Kind.EXTRA, "with 6 bytes more, from offset 0 on"),
        ((ONE.lower(), TWO), Kind.CHANGED, "changed from offset 10 on"),
        ((ONE, TWO, TWO), Kind.DUPLICATED, "came back 2 times, and was sent once"),
        ((ONE, TWO, b"welcome"), Kind.EXTRA, "that nobody had asked for"),
    ],
)
def test_what_comes_must_be_whole_unchanged_and_on_its_own(
    answers: tuple[bytes, ...], kind: Kind, words: str
) -> None:
    """Each way to be wrong has its name, and proves itself by being seen once."""
    (finding,) = findings(seen(*answers))
    assert finding.kind is kind
    assert words in finding.message
    assert finding.breach is Breach.SAFETY


def test_the_beginning_of_one_is_not_several_others_together() -> None:
    """Single bytes that count up make the beginning of the datagram with all of them."""
    whole, singles = bytes(range(16)), [bytes([value]) for value in range(8)]
    plan = side_by_side((*(Ask(Literal(data)) for data in (whole, *singles)), AwaitAnswers()))
    cut = Came(0.1, THERE, 5, None, whole[:5])
    others = tuple(Came(0.2, THERE, 1, 1 + number) for number in range(8))
    client = ClientTrace((Asked(1, 0), *[Asked(1, 1)] * 8), (cut, *others), THERE)
    (finding,) = findings(client, plan=plan)
    assert finding.kind is Kind.TRUNCATED
    assert "datagram 1 of client 1 (16 bytes) came back with 5 bytes" in finding.message


def test_an_answer_to_somebody_else_is_foreign() -> None:
    """It is named whose it is."""
    plan = side_by_side((Ask(Literal(ONE)), AwaitAnswers()), (Ask(Literal(TWO)), AwaitAnswers()))
    first = ClientTrace((Asked(1, 1),), (came(ONE), Came(0.2, THERE, len(TWO), None, TWO)), THERE)
    second = ClientTrace((SILENT,), (), THERE)
    found = findings(first, second, plan=plan)
    assert [f.kind for f in found] == [Kind.FOREIGN, Kind.NO_ECHO]
    assert "client 1 got a datagram of 21 bytes that client 2 had sent" in found[0].message


def test_silence_accuses_after_it_was_asked_again() -> None:
    """That takes patience, so it is a liveness breach."""
    (finding,) = findings(seen(ONE, asked=(Asked(1, 1), SILENT)))
    assert (finding.kind, finding.breach) == (Kind.NO_ECHO, Breach.LIVENESS)
    assert "sent 4 times, and there was no answer within 3.0 s" in finding.message


def test_a_closed_port_is_told_as_that() -> None:
    """ICMP says that nobody is there."""
    (finding,) = findings(seen(asked=(SILENT, SILENT), refused=4))
    assert finding.kind is Kind.REFUSED
    assert "port unreachable" in finding.message


def test_an_answer_from_elsewhere_is_an_answer() -> None:
    """What is wrong is only where it came from."""
    other = ("127.0.0.1", 40001)
    (finding,) = findings(seen(came=(came(ONE, other), came(TWO)), asked=(Asked(1, 1),) * 2))
    assert finding.kind is Kind.ELSEWHERE
    assert "sent to 127.0.0.1:7007, and the answer came from 127.0.0.1:40001" in finding.message


def test_a_stranger_accuses_nobody() -> None:
    """Anybody may send a datagram to a port; only what comes from the target is the target's."""
    stray = Came(0.1, ("127.0.0.9", 9), 5, None, b"noise")
    good = seen(ONE, TWO)
    assert findings(seen(ONE, TWO, came=(*good.came, stray))) == []
    cut = Came(0.1, ("127.0.0.1", 9), 10, None, ONE[:10])
    (finding,) = findings(seen(came=(cut, came(TWO)), asked=(Asked(1, 0), Asked(1, 1))))
    assert finding.kind is Kind.TRUNCATED  # so many bytes are no accident


def _death(**changes: object) -> Death:
    fields = {"status": 1, "signal": None, "at": 0.2, "asked": False, "script": 0, "output": ""}
    return Death(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_death_explains_the_silence_after_it() -> None:
    """One finding, the gravest."""
    found = findings(seen(ONE, asked=(Asked(1, 1), SILENT)), deaths=(_death(),))
    assert [f.kind for f in found] == [Kind.DIED]


def test_a_one_shot_server_ends_after_its_answer() -> None:
    """With status 0; any other is told."""
    shot = Profile.ONE_SHOT
    plan = side_by_side((Ask(Literal(ONE)), AwaitAnswers()))
    good = ClientTrace((Asked(1, 1),), (came(ONE),), THERE)
    assert findings(good, plan=plan, profile=shot, deaths=(_death(status=0),)) == []
    (finding,) = findings(good, plan=plan, profile=shot, deaths=(_death(),))
    assert finding.kind is Kind.EXIT_STATUS


def test_every_byte_of_a_large_datagram_is_looked_at() -> None:
    """The window shows the first difference."""
    large = b"0123456789" * 500
    plan = side_by_side((Ask(Literal(large)), AwaitAnswers()))
    wrong = large[:4321] + b"!" + large[4322:]
    client = ClientTrace((Asked(1, 0),), (Came(0.1, THERE, 5000, None, wrong),), THERE)
    (finding,) = findings(client, plan=plan)
    assert (finding.kind, finding.offset) == (Kind.CHANGED, 4321)
    assert finding.window_start == 4313
    assert finding.got is not None
    assert bytes.fromhex(finding.got)[8:9] == b"!"


@pytest.mark.parametrize("answer", [came(ONE, ("127.0.0.1", 9)), came(b"nothing that was asked")])
def test_what_a_client_has_sent_is_made_once(monkeypatch: pytest.MonkeyPatch, answer: Came) -> None:
    """Not for each other client again: a server that answers hundreds from elsewhere, or wrongly,
    is judged in no time."""
    made: list[DatagramScript] = []

    def counted(script: DatagramScript) -> list[bytes]:
        made.append(script)
        return asked_by(script)

    monkeypatch.setattr("harness.judging.datagrams.asked_by", counted)
    crowd = 40
    plan = side_by_side(*[PLAN.scripts[0].steps] * crowd)
    one = seen(asked=(Asked(1, 1), Asked(1, 1)), came=(answer,))
    assert len(findings(*[one] * crowd, plan=plan)) == crowd
    assert len(made) <= crowd
