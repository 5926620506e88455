"""Fuzzing servers of datagrams: what is drawn, how it shrinks, how it is kept and shown again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UsageProblem
from harness.fuzzer import case as cases
from harness.fuzzer.case import Rate, save
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.datagrams import run as search
from harness.fuzzer.datagrams.case import DatagramCase, load_any, needs_of, schema, unfit
from harness.fuzzer.datagrams.collect import DatagramSuspect
from harness.fuzzer.datagrams.counts import counted
from harness.fuzzer.datagrams.draw import LARGEST, ROOM, TRACKS, Terms, plans
from harness.fuzzer.datagrams.examine import one_after_another
from harness.fuzzer.datagrams.script import in_order, script_for
from harness.fuzzer.datagrams.shrink import Shrinker
from harness.fuzzer.datagrams.smaller import sound
from harness.fuzzer.decisive import decisive
from harness.fuzzer.events import Failure, FuzzSummary
from harness.fuzzer.task import Bounds, Task
from harness.values import plan as p
from harness.values.datagrams import (
    Ask,
    AwaitAnswers,
    DatagramPlan,
    Leave,
    asked_by,
    in_turn,
    problems_of,
    side_by_side,
)
from harness.values.dictionary import Constant, Dictionary, dictionary
from harness.values.events import Notice
from harness.values.plan import Literal, Random, Repeat, size_of
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.fuzzer.test_case import SCHEMA as STREAMS
from tests.support.datagrams import echo, serving

SCHEMA = STREAMS.with_name("datagrams.case.schema.json")
SEQUENTIAL, ONE_SHOT = Profile.SEQUENTIAL, Profile.ONE_SHOT
PLAN = side_by_side((Ask(Literal(b"hello")), AwaitAnswers()))
FINDING = Finding(Kind.TRUNCATED, Breach.SAFETY, 'cut "here" %(prog)s', session=0)
CASE = DatagramCase(
    profile=SEQUENTIAL, seed=7, findings=(FINDING,), rate=Rate(failed=1, of=1), plan=PLAN
)


# --- what is drawn ------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [SEQUENTIAL, ONE_SHOT])
def test_what_is_drawn_can_be_performed_and_fits_the_buffers(profile: Profile) -> None:
    """Sound, bounded, and never more on its way than a target's buffer holds."""
    terms = Terms(profile)
    for plan in plans(3, terms, 600):
        assert problems_of(plan) == []
        assert sound(plan)
        assert unfit(plan) is None
        for script in plan.scripts:
            sizes = [size_of(step.payload) for step in script.steps if type(step) is Ask]
            assert all(1 <= size <= LARGEST for size in sizes)
            assert profile is SEQUENTIAL or len(sizes) == 1
            on_its_way = 0
            for step in script.steps:
                on_its_way += size_of(step.payload) if isinstance(step, Ask) else 0
                on_its_way = 0 if isinstance(step, AwaitAnswers) else on_its_way
                assert TRACKS * on_its_way <= TRACKS * ROOM <= 160 * 1024


def test_the_same_seed_draws_the_same_plans() -> None:
    """And another one others."""
    terms = Terms(SEQUENTIAL)
    assert list(plans(5, terms, 200)) == list(plans(5, terms, 200))
    assert list(plans(5, terms, 200)) != list(plans(6, terms, 200))


def test_everything_is_drawn() -> None:
    """Crowds, silences, clients that leave, targets that are paused; not where nobody may."""
    steps = {
        type(s) for plan in plans(1, Terms(SEQUENTIAL), 600) for c in plan.scripts for s in c.steps
    }
    assert steps == {Ask, AwaitAnswers, Leave, p.Wait, p.PauseTarget, p.ResumeTarget}
    remote = plans(1, Terms(SEQUENTIAL, remote=True), 600)
    assert not any(plan.needs_process for plan in remote)


def known(*values: int | bytes) -> Dictionary:
    return dictionary([Constant(value, "server.py, line 3", True) for value in values])


def sent(terms: Terms, clients: int) -> list[bytes]:
    return [d for plan in plans(1, terms, clients) for s in plan.scripts for d in asked_by(s)]


def test_the_constants_of_the_target_are_drawn() -> None:
    """Numbers as sizes, one more and one less, and texts as content; none of it without them."""
    told = sent(Terms(SEQUENTIAL, dictionary=known(4242, b"xyzzy")), 1500)
    untold = sent(Terms(SEQUENTIAL), 1500)
    assert {4241, 4242, 4243} <= {len(data) for data in told}
    assert any(b"xyzzy" in data for data in told)
    assert 4242 not in {len(data) for data in untold}
    assert not any(b"xyzzy" in data for data in untold)


def test_what_is_drawn_of_constants_fits_the_buffers() -> None:
    """As everything does, and a case file as well."""
    terms = Terms(SEQUENTIAL, dictionary=known(97, 200, 8999, 70_000, 2**22, 1, 0, b"\n"))
    for plan in plans(5, terms, 2000):
        assert unfit(plan) is None
        assert all(1 <= len(data) <= LARGEST for s in plan.scripts for data in asked_by(s))


def test_numbers_may_be_counts() -> None:
    """So many datagrams of one client and one more, and so many clients, each once."""
    made = [each.plan for each in counted(known(20, 97), SEQUENTIAL)]
    assert [(len(p.scripts), len(asked_by(p.scripts[0]))) for p in made] == [(1, 98), (98, 1)]
    assert counted(known(20, 97), ONE_SHOT) == []
    drawn = list(plans(1, Terms(SEQUENTIAL, dictionary=known(97)), 1500))
    assert [drawn.count(plan) for plan in made] == [1, 1]


def test_the_constant_that_decides_is_named() -> None:
    """As a size, as a count of datagrams, as a text."""
    names = known(4242, 97, b"xyzzy")
    for plan, told in (
        (side_by_side((Ask(Repeat(b"a", 4242)),)), "4,242 stands in server.py, line 3"),
        (side_by_side((Ask(Literal(b"a")),) * 97), "97 stands in server.py, line 3"),
        (side_by_side((Ask(Literal(b"xyzzy")),)), "'xyzzy' stands in server.py, line 3"),
    ):
        assert decisive(plan, names) == (told,)


# --- shrinking ----------------------------------------------------------------------------------


def shrunk(plan: DatagramPlan, fails: object, accused: int | None = None) -> DatagramPlan:
    shrinker = Shrinker(plan, fails, lambda: True, accused)  # type: ignore[arg-type]
    return shrinker.run()


def test_a_large_plan_becomes_one_small_datagram() -> None:
    """Of whatever size it needs, exactly; its client waits, or it would be luck what is seen."""
    drawn = next(plan for plan in plans(2, Terms(SEQUENTIAL)) if _largest(plan) > 1024)
    small = shrunk(drawn, lambda plan: _largest(plan) > 1024)
    assert small == side_by_side((Ask(Repeat(b"a", 1025)), AwaitAnswers()))


def _largest(plan: DatagramPlan) -> int:
    return max(len(data) for script in plan.scripts for data in asked_by(script))


def test_bytes_that_matter_are_kept() -> None:
    """And no others."""
    noisy = side_by_side((Ask(Random(1, 9)), Ask(Literal(b"xx\nyy")), AwaitAnswers()))

    def fails(plan: DatagramPlan) -> bool:
        return any(b"\n" in data for script in plan.scripts for data in asked_by(script))

    assert shrunk(noisy, fails) == side_by_side((Ask(Literal(b"\n")), AwaitAnswers()))


def test_two_clients_stay_two_where_both_are_needed() -> None:
    """With as little as each needs."""

    def fails(plan: DatagramPlan) -> bool:
        return len(plan.scripts) > 1

    drawn = next(iter(plans(4, Terms(SEQUENTIAL))))
    small = shrunk(drawn, fails, accused=9)
    assert [asked_by(script) for script in small.scripts] == [[b"a"], [b"a"]]


def test_nobody_waits_for_a_paused_target() -> None:
    """Such a plan proves nothing."""
    held = (p.PauseTarget(), Ask(Literal(b"a")), p.ResumeTarget(), AwaitAnswers())
    assert sound(side_by_side(held))
    assert not sound(side_by_side((held[0], held[1], held[3], held[2])))
    assert not sound(side_by_side(held[:2]))
    assert not sound(side_by_side((AwaitAnswers(),)))
    assert unfit(side_by_side(held[:2])) == "scripts: somebody waits for a target that is paused"


def test_plans_can_be_put_one_after_another() -> None:
    """Each begins when the one before is over."""
    whole = one_after_another([in_turn(*[PLAN.scripts[0].steps] * 2), PLAN, PLAN])
    assert [script.after for script in whole.scripts] == [(), (0,), (1,), (2,)]


# --- cases --------------------------------------------------------------------------------------


def test_a_case_is_read_as_it_was_written(tmp_path: Path) -> None:
    """By what it says it is about."""
    path = save(CASE, tmp_path)
    assert path.name.startswith("CASE-udp-truncated-")
    assert load_any(path) == CASE
    with pytest.raises(UsageProblem, match="about 'datagrams', and not about streams"):
        cases.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 9}, "version 9 is newer than 1"),
        ({"plan": {"scripts": []}}, "nobody asks anything"),
        ({"plan": {"scripts": [{"steps": [{"type": "connect"}]}]}}, "Invalid value 'connect'"),
        ({"rate": {"failed": 3, "of": 1}}, "it cannot have failed 3 of 1"),
        ({"kind": "letters"}, "about 'letters', and not about streams"),
    ],
)
def test_a_damaged_case_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    """With the place in the file."""
    path = tmp_path / "CASE-x.json"
    path.write_text(json.dumps({**json.loads(cases.dumps(CASE)), **change}))
    with pytest.raises(UsageProblem, match=message):
        load_any(path)


def test_the_published_schema_is_up_to_date() -> None:
    """After a change: python -m tests.fuzzer.test_datagrams"""
    assert json.loads(SCHEMA.read_bytes()) == json.loads(schema())


def test_what_a_plan_needs_is_told() -> None:
    """In words, as for streams."""
    assert needs_of(PLAN) == ("certain bytes",)
    held = (p.PauseTarget(), Ask(Repeat(b"a", 40)), Ask(Repeat(b"a", 2)), p.ResumeTarget())
    assert needs_of(in_turn(held, (Ask(Literal(b"a")), Leave()))) == (
        "clients in turn",
        "several datagrams",
        "a client that leaves",
        "datagrams that wait together",
        "at least 32 bytes",
    )


def test_steps_are_put_in_an_order_for_one_program() -> None:
    """Who waits does so after the others have asked."""
    plan = in_turn((Ask(Literal(b"1")), AwaitAnswers()), (Ask(Literal(b"2")), AwaitAnswers()))
    together = side_by_side(*(script.steps for script in plan.scripts))
    assert [i for i, _ in in_order(plan)] == [0, 0, 1, 1]
    assert [i for i, _ in in_order(together)] == [0, 1, 0, 1]


@pytest.mark.parametrize("size", [5, 1024])
def test_the_script_shows_the_bug_and_passes_a_correct_server(tmp_path: Path, size: int) -> None:
    """With exit status 1 and 0, and nothing of this project."""
    plan = side_by_side((Ask(Random(3, size + 1)), AwaitAnswers()))
    program = tmp_path / "show.py"
    program.write_text(script_for(_with(CASE, plan)))
    for answer, status in ((echo, 0), (lambda s, d, peer: s.sendto(d[:size], peer), 1)):
        with serving(answer) as server:
            argv = [sys.executable, "-I", str(program), *map(str, server.address)]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (status, "")
    assert f"got {size:,} bytes that it had not asked" in done.stdout


def _with(case: DatagramCase, plan: DatagramPlan) -> DatagramCase:
    return DatagramCase(
        profile=case.profile, seed=1, findings=case.findings, rate=case.rate, plan=plan
    )


# --- a search -----------------------------------------------------------------------------------


def task(sessions: int) -> Task:
    return Task(
        profile=SEQUENTIAL,
        seed=1,
        patience=1.0,
        bounds=Bounds(sessions=sessions, bugs=1),
        remote=True,
    )


def test_a_correct_server_passes() -> None:
    """Hundreds of clients, and no finding."""
    with serving() as server:
        summary = list(search.run(server.fleet, task(300)))[-1]
    assert isinstance(summary, FuzzSummary)
    assert (summary.stats.failures, summary.reason, summary.unable) == (0, "sessions", None)
    assert summary.stats.sessions >= 300


def test_cases_of_nobody_are_told(tmp_path: Path) -> None:
    """What lies in the root of the corpus belongs to no target: it is not tried in silence."""
    (tmp_path / "CASE-lost-0123456789.json").write_text("{}")
    corpus = Corpus(tmp_path, "mine")
    assert len(corpus.strays()) == 1
    with serving() as server:
        events = list(search.run(server.fleet, task(10), corpus))
    (notice,) = [e for e in events if isinstance(e, Notice)]
    assert "not in the folder of a target" in notice.text


def test_a_bug_is_found_shrunk_and_kept(tmp_path: Path) -> None:
    """Down to the size from which on it shows; the case fails again when it is tried first."""
    corpus = Corpus(tmp_path, "mine")
    with serving(lambda sock, data, peer: sock.sendto(data[:100], peer)) as server:
        events = search.run(server.fleet, task(2000), corpus, shrink_seconds=lambda: 60.0)
        found = [e for e in events if isinstance(e, Failure)]
        again = [e for e in search.run(server.fleet, task(2000), corpus) if isinstance(e, Failure)]
    (failure,) = found
    assert failure.case.plan.scripts[0].steps == (Ask(Repeat(b"a", 101)), AwaitAnswers())
    assert again[0].earlier
    assert failure.path is not None
    assert load_any(failure.path) == failure.case


def test_an_interruption_keeps_what_was_being_shrunk(tmp_path: Path) -> None:
    """A wrong byte is proved by seeing it once."""

    def interrupt() -> float:
        raise KeyboardInterrupt

    corpus = Corpus(tmp_path, "mine")
    with serving(lambda sock, data, peer: sock.sendto(data[:100], peer)) as server:
        events = list(search.run(server.fleet, task(2000), corpus, shrink_seconds=interrupt))
    (failure,) = (event for event in events if isinstance(event, Failure))
    assert isinstance(events[-1], FuzzSummary)
    assert (events[-1].reason, events[-1].stats.failures) == ("interrupted", 1)
    assert failure.path is not None and load_any(failure.path) == failure.case


def test_a_search_that_only_collects_tells_of_each_kind_once() -> None:
    """With all that is needed to look into it elsewhere."""
    told: list[DatagramSuspect] = []
    with serving(lambda sock, data, peer: sock.sendto(data[:100], peer)) as server:
        (*_, summary) = search.gather(server.fleet, task(100), told.append, lambda: False)
    assert isinstance(summary, FuzzSummary) and summary.reason == "sessions"
    (suspect,) = told
    assert (suspect.seed, suspect.findings[0].kind) == (task(1).seed, Kind.TRUNCATED)


if __name__ == "__main__":
    SCHEMA.write_bytes(schema())
