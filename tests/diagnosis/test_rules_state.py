"""Whose bytes a client gets, and when they were sent, tells what connections share."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from harness.diagnosis import Case, Evidence, explain
from harness.values import plan as p
from harness.values.report import UNEXPLAINED
from harness.values.trace import Death, Ending, Moment, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.diagnosis.made import case, ended, failed, found, seen

FINE = frozenset(
    {"identity/hello", "identity/one-byte", "partial-send/stalled-reader", "shutdown/at-once"}
)


def evidence(check_id: str, *findings: Finding, came: tuple[float, ...] = (0.0, 0.0)) -> Evidence:
    """Two connections, which came at these times; each was there for one second."""
    steps = (p.Connect(), p.Send(p.Literal(b"twelve bytes")), p.AwaitEcho(), p.Close())
    plan = p.side_by_side(*(steps for _ in came))
    scripts = tuple(
        ScriptTrace(
            sent=12,
            received=12,
            ending=Ending.CLIENT,
            finished=at + 1,
            timeline=(
                *(Moment(at, "connected"), Moment(at, "sent", 12), Moment(at, "received", 12)),
                Moment(at + 0.9, "half-closed"),
            ),
        )
        for at in came
    )
    return Evidence(check_id, "", Profile.CONCURRENT, plan, Trace(scripts=scripts), findings)


def finding(kind: Kind, session: int, message: str = "it went wrong", **more: object) -> Finding:
    shared = {"offset": 0, "length": 12, "sent": 12, "received": 12}
    return Finding(kind, Breach.SAFETY, message, session, **(shared | more))  # type: ignore[arg-type]


def causes(*failures: Evidence, passed: frozenset[str] = FINE) -> list[str]:
    """The ids of the causes; none for what is unexplained."""
    told = explain(Case(Profile.CONCURRENT, failures, passed)).causes
    return [c.id for c in told if c.id != UNEXPLAINED]


FOREIGN = finding(Kind.FOREIGN, 1, "12 bytes at offset 0 belong to connection 1, not to this one")


def test_bytes_of_one_who_had_left_are_left_over() -> None:
    """The owner had gone before the other came."""
    assert causes(evidence("sessions/no-leftovers", FOREIGN, came=(0.0, 2.0))) == [
        "leftover-of-earlier"
    ]


def test_bytes_of_one_who_is_there_are_shared() -> None:
    """Both were there at the same time."""
    assert causes(evidence("sessions/no-crosstalk", FOREIGN)) == ["shared-buffer"]


@pytest.mark.parametrize(
    ("others", "cause"),
    [((12, 24), "broadcast"), ((0, 24), "shared-buffer")],
)
def test_what_goes_to_all_goes_to_its_own_client(others: tuple[int, int], cause: str) -> None:
    """Where one got nothing of its own the bytes have not gone to all, but to somebody else."""
    own, all_ = others
    found = [
        *(finding(Kind.FOREIGN, 1, FOREIGN.message, received=all_) for _ in range(3)),
        finding(Kind.NO_ECHO, 0, received=own),
    ]
    assert causes(evidence("sessions/no-crosstalk", *found)) == [cause]


@pytest.mark.parametrize("came", [(0.0, 0.0), (0.0, 2.0)])
def test_foreign_bytes_are_not_explained_where_nothing_comes_back_right(
    came: tuple[float, float],
) -> None:
    """Who cannot answer a greeting has another bug first."""
    own = evidence("identity/hello", finding(Kind.CHANGED, 0), came=(0.0,))
    assert causes(own, evidence("sessions/no-leftovers", FOREIGN, came=came)) == []


def test_a_reset_that_clears_all_is_told_from_a_slow_reader() -> None:
    """A slow reader alone loses nothing: then it is the reset of another client."""
    lost = evidence("resilience/reset-mid-echo", finding(Kind.LOST, 0))
    assert causes(lost) == ["global-error-clears-all"]
    stalled = evidence("partial-send/stalled-reader", finding(Kind.LOST, 0))
    assert causes(lost, stalled, passed=FINE - {"partial-send/stalled-reader"}) == []


@pytest.mark.parametrize(
    ("open_ones", "expected"), [((1, 3), ["removal-skips-next"]), ((0, 1, 2), [])]
)
def test_every_second_that_stays_open_was_skipped(
    open_ones: tuple[int, ...], expected: list[str]
) -> None:
    """Of clients that end in one moment every second one is not closed."""
    found = [finding(Kind.NO_END, n, offset=12, length=0) for n in open_ones]
    case = evidence("sessions/queue", *found, came=(0.0,) * 4)
    assert causes(case, passed=FINE) == expected


def test_older_bytes_in_a_crowd_are_left_over_too() -> None:
    """What comes before anything else, and nobody there has sent, is older than all of them."""
    left = evidence("sessions/no-leftovers", FOREIGN, came=(0.0, 2.0))
    crowd = evidence("sessions/no-crosstalk", finding(Kind.EXTRA, 1))
    assert causes(left, crowd) == ["leftover-of-earlier"]
    mixed = evidence("sessions/no-crosstalk", finding(Kind.EXTRA, 1, offset=12))
    assert causes(left, mixed) == []


@pytest.mark.parametrize(("got", "expected"), [(b"text", ["bom-dropped"]), (b"ext", [])])
def test_a_byte_order_mark_alone_is_missing(got: bytes, expected: list[str]) -> None:
    """Only the fuzzer sends one; what is missing has to be it and nothing else."""
    sent = b"\xef\xbb\xbftext"
    plan = p.one(p.Connect(), p.Send(p.Literal(sent)), p.HalfClose(), p.AwaitEnd())
    seen = ScriptTrace(sent=7, received=len(got), surplus=got, ending=Ending.FIN, half_closed=True)
    lost = finding(Kind.LOST, 0, length=7 - len(got))
    trace = Trace(scripts=(seen,))
    assert causes(Evidence("fuzz/plans", "", Profile.CONCURRENT, plan, trace, (lost,))) == expected


def test_who_was_cut_off_has_left_something_behind() -> None:
    """The target had reset a connection whose client saw it late: others have not been served with
    it, they came after it."""
    late = evidence("shutdown/lagging-reader", FOREIGN)
    cut = msgspec.structs.replace(late.trace.scripts[0], ending=Ending.RST)
    trace = msgspec.structs.replace(late.trace, scripts=(cut, late.trace.scripts[1]))
    late = msgspec.structs.replace(late, trace=trace)
    sure = evidence("sessions/no-leftovers", FOREIGN, came=(0.0, 2.0))
    assert causes(sure, late) == ["leftover-of-earlier"]


# --- connections that end when another one fails ------------------------------------------------

SERVED = "0.1 connected; 0.1 sent 12; 0.2 received 12; "
STOOD = found(Kind.EARLY_CLOSE, 0, sent=12, received=12)


def ended_beside(
    check_id: str, *, how: str = "reset", whole: bool = True, deaths: tuple[Death, ...] = ()
) -> Evidence:
    """A client that stands still has lost its connection after another one has gone."""
    mine = seen(SERVED + "0.5 target closed (FIN)", ending=Ending.FIN)
    other = seen(f"{SERVED}0.4 {how}")
    early = found(Kind.EARLY_CLOSE, 0, sent=12, received=12 if whole else 5)
    return failed(check_id, early, mine, other, together=True, deaths=deaths)


BOTH = ("resilience/reset-idle", "sessions/churn")
ENDS = [ended_beside(i) for i in BOTH]


def test_an_error_of_one_that_ends_the_connections_of_others() -> None:
    """They had got all that they had sent, one has reset, and the server lives on."""
    told = explain(case(*ENDS)).causes[0]
    assert (told.id, set(told.explains)) == ("client-error-ends-server", {*BOTH})
    assert told.bug.endswith("ends the connections of all others")
    assert told.evidence[0] == (
        "A connection that had got all its bytes ended when another client had reset its own; "
        "where no client does so, none ends early, and the server lives on."
    )


def test_what_such_an_error_leaves_behind_is_another_matter() -> None:
    """Something is not given back as well: a leak says nothing against it.  What a search has
    found is its work, too."""
    grows = failed("resources/descriptors", found(Kind.RESOURCE, None))
    searched = ended_beside("fuzz/plans", how="closed")
    told = {cause.id: set(cause.explains) for cause in explain(case(*ENDS, grows, searched)).causes}
    assert told["client-error-ends-server"] == {*BOTH, "fuzz/plans"}


@pytest.mark.parametrize(
    "failures",
    [
        (*ENDS, failed("identity/newlines", found(Kind.CHANGED, offset=3))),
        (*ENDS, failed("sessions/queue", found(Kind.NO_ECHO))),
        (*ENDS, failed("sessions/queue", STOOD, seen(SERVED))),
        (ENDS[0], ended_beside(BOTH[1], deaths=(ended(1),))),
        [ended_beside(i, how="closed") for i in BOTH],
        [ended_beside(i, whole=False) for i in BOTH],
        ENDS[:1],
        (ENDS[0], ended_beside("fuzz/plans")),
    ],
    ids=[
        "other bytes are wrong",
        "others are not served",
        "one ends that nobody had reset beside",
        "it died",
        "nobody reset",
        "nobody had got all",
        "seen once",
        "seen once, and in a search",
    ],
)
def test_ends_that_are_no_work_of_another_client(failures: Sequence[Evidence]) -> None:
    """A bug of another kind is there, or the ends have another reason."""
    told = [cause.id for cause in explain(case(*failures)).causes]
    assert "client-error-ends-server" not in told


def test_who_serves_one_after_another_has_no_others_to_end() -> None:
    """The connections of a sequential server wait, and are ended for other reasons."""
    told = [cause.id for cause in explain(case(*ENDS, profile=Profile.SEQUENTIAL)).causes]
    assert "client-error-ends-server" not in told
