"""Why the program ended: what a client did before, what its last words were, whom it served."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.diagnosis import Evidence, explain
from harness.diagnosis.experiments import Fact
from harness.diagnosis.facts_deaths import CONTINUED, ENDED, RESET, VANISHED, fall_in
from harness.values.trace import Death, ScriptTrace
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen

SERVED = "0.1 connected; 0.1 sent 10; 0.2 received 10; "
REFUSED = seen("0.9 connection failed: ECONNREFUSED")
TRACEBACK = (
    'Traceback (most recent call last):\n  File "server.py", line 20, in <module>\n    main()\n'
    '  File "server.py", line 9, in main\n    {}\n{}'
)
RECV = "data = conn.recv(1024)"
IN_THREAD = (
    "Exception in thread Thread-1 (serve):\nTraceback (most recent call last):\n"
    '  File "/usr/lib/python3.11/threading.py", line 982, in run\n'
    "    self._target(*self._args)\n"
    "TypeError: serve() missing 1 required positional argument: 'conn'"
)


def died(check_id: str, *scripts: ScriptTrace, output: str = "", **how: object) -> Evidence:
    death = ended(**how)  # type: ignore[arg-type]
    return failed(check_id, found(Kind.DIED), *scripts, REFUSED, deaths=(death,), output=output)


@pytest.mark.parametrize(
    ("timeline", "after"),
    [
        (SERVED + "0.3 reset", RESET),
        ("0.1 connected; 0.1 sent 10; 0.3 closed", VANISHED),
        (SERVED + "0.3 half-closed", ENDED),
        (SERVED + "0.3 target paused; 0.4 target resumed", CONTINUED),
        ("0.1 target paused; 0.2 connected; 0.3 reset; 0.4 target resumed", RESET),
    ],
)
def test_what_came_before_an_end(timeline: str, after: str) -> None:
    """The last thing that was done before the first sign of the end; what was done while the
    program was stopped counts when it goes on."""
    one = died("sessions/churn", seen(timeline))
    assert fall_in(one, one.trace.deaths[0]).after == after


def test_a_reset_ends_it() -> None:
    """An end after a reset, without a word, is put down to the reset."""
    assert causes(case(died("resilience/reset-idle", seen(SERVED + "0.3 reset")))) == [
        "crash-on-reset"
    ]


def test_a_reset_ends_it_whatever_else_is_wrong_with_its_bytes() -> None:
    """A server that answers a greeting wrongly can die of a reset as well."""
    wrong = failed("identity/hello", found(Kind.CHANGED))
    reset = died("resilience/reset-idle", seen(SERVED + "0.3 reset"))
    assert "crash-on-reset" in causes(case(wrong, reset))


def test_an_orderly_end_is_no_reset() -> None:
    """One that also ends when a client ends in good order has another bug."""
    one = case(
        died("resilience/reset-idle", seen(SERVED + "0.3 reset")),
        died("shutdown/after-echo", seen(SERVED + "0.3 half-closed")),
    )
    assert "crash-on-reset" not in causes(one)


def test_who_waits_in_vain_goes() -> None:
    """A reset by a client that had waited for its answer in vain says nothing of resets."""
    waited = "0.1 connected; 0.1 sent 10; 0.5 gave up waiting after 0.4 s; 0.5 reset"
    words = TRACEBACK.format(RECV, "ConnectionResetError: [Errno 104] Connection reset by peer")
    one = died("resilience/reset-idle", seen(waited), output=words)
    assert causes(case(one)) == []


def test_the_signal_of_a_pipe() -> None:
    """SIGPIPE is a proof; what it says goes into the evidence."""
    one = died("resilience/vanish-while-sending", seen(SERVED), signal="SIGPIPE")
    told = explain(case(one)).causes[0]
    assert (told.id, told.confidence) == ("killed-by-sigpipe", "certain")


def test_another_signal() -> None:
    """A bad pointer is a crash, and is called so."""
    one = died("sessions/churn", seen(SERVED), signal="SIGSEGV")
    told = explain(case(one)).causes[0]
    assert told.id == "crash"
    assert "SIGSEGV" in told.bug


@pytest.mark.parametrize(
    ("source", "words", "cause"),
    [
        (RECV, "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff", "decodes-text"),
        (RECV, "ConnectionResetError: [Errno 104] Connection reset by peer", "crash-on-reset"),
        ("s.sendall(x)", "BrokenPipeError: [Errno 32] Broken pipe", "killed-by-sigpipe"),
        ("c, a = s.accept()", "OSError: [Errno 9] Bad file descriptor", "listener-closed"),
        ("c, a = s.accept()", "TimeoutError: timed out", "accept-error-ends"),
        (RECV, "OSError: [Errno 9] Bad file descriptor", "close-inside-loop"),
        ("data = s.recv(9)", "OSError: [Errno 107] Transport endpoint is not connected",
         "recv-on-listener"),
        ('reply = input("> ")', "EOFError: EOF when reading a line", "input-for-recv"),
    ],
)  # fmt: skip
def test_last_words(source: str, words: str, cause: str) -> None:
    """An exception of the instance that ended, where it proves its cause."""
    one = died(
        "sessions/no-leftovers", seen(SERVED + "0.3 reset"), output=TRACEBACK.format(source, words)
    )
    assert causes(case(one)) == [cause]


def test_words_of_a_thread() -> None:
    """An exception in a thread harms its client only."""
    one = failed("identity/hello", found(Kind.NO_ECHO), seen("0.1 connected"), output=IN_THREAD)
    assert causes(case(one)) == ["thread-without-arguments"]


def test_words_of_earlier_clients() -> None:
    """An error that was printed when descriptors ran out is not the reason of what fails later."""
    words = TRACEBACK.format("c, a = s.accept()", "OSError: [Errno 24] Too many open files")
    one = failed("sessions/no-crosstalk", found(Kind.LOST), output=words)
    assert causes(case(one)) == []


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("0.3 reset", ""),
        ("0.3 closed", ""),
        ("0.3 target resumed", ", after it had been stopped and continued"),
    ],
)
def test_what_a_client_did_is_not_told_where_a_signal_interrupted_a_call(
    deed: str, told: str
) -> None:
    """Any client that leaves may be followed by a signal, such as that of a child that ends; only
    a stop is one itself."""
    words = "echod: accept: Interrupted system call\n"
    one = died("sessions/no-leftovers", seen(SERVED + deed), output=words)
    cause = explain(case(one)).causes[0]
    assert cause.id == "eintr-is-error"
    assert cause.evidence[0] == (
        f"It ended with exit status 1{told}; its last words are echod: accept: Interrupted system "
        "call."
    )


def test_an_error_of_its_own() -> None:
    """An exception that no cause describes is told with its line, and with what came before."""
    words = TRACEBACK.format("del table[fd]", "KeyError: 7")
    one = died("sessions/churn", seen(SERVED + "0.3 reset"), output=words)
    told = explain(case(one)).causes[0]
    assert told.id == "crash"
    assert "KeyError: 7 (server.py:9, in main: del table[fd])" in told.bug
    assert "after a client had reset its connection" in told.evidence[0]


EINVAL = TRACEBACK.format("c, a = s.accept()", "OSError: [Errno 22] Invalid argument")


@pytest.mark.parametrize("last", ["0.3 reset", "0.3 half-closed"])
def test_a_listener_that_served_did_listen(last: str) -> None:
    """accept() fails as it does without listen(), but clients had been served: it is an error of
    its own, told with its words."""
    one = died("sessions/churn", seen(SERVED + last), output=EINVAL)
    told = explain(case(one)).causes[0]
    assert (told.id, told.confidence) == ("crash", "certain")
    assert (
        "OSError: [Errno 22] Invalid argument (server.py:9, in main: c, a = s.accept()" in told.bug
    )


def test_one_that_let_nobody_in_did_not_listen() -> None:
    """The same words of a server of which nothing went well prove that listen() is missing."""
    one = died("identity/hello", output=EINVAL)
    assert causes(replace(case(one), passed=frozenset())) == ["not-listening"]
    assert causes(case(one)) == ["crash"]


def test_an_error_of_the_system_after_a_reset() -> None:
    """An error that only clients bring about that have left badly is theirs."""
    words = TRACEBACK.format("conn.setblocking(0)", "OSError: [Errno 22] Invalid argument")
    one = died("sessions/churn", seen(SERVED + "0.3 reset"), output=words)
    assert causes(case(one))[0] in ("client-error-ends-server", "crash")


# --- how many clients ---------------------------------------------------------------------------

GONE = SERVED + "0.3 half-closed; 0.4 target closed (FIN)"


def rounds(status: int, served: int) -> list[Evidence]:
    scripts = [seen(GONE)] * served
    ids = ("launch/stays-up", "sessions/one-after-another", "shutdown/orderly")
    return [died(i, *scripts, status=status) for i in ids]


def test_one_client_and_the_end() -> None:
    """Exit status 0 after the first client: nobody calls accept() again."""
    assert causes(case(*rounds(0, 1), profile=Profile.SEQUENTIAL)) == ["no-accept-loop"]


def test_one_client_and_the_end_of_a_program_that_serves_many() -> None:
    """No loop is missing where sixty in a row were served by one instance, or five in a check."""
    served = {"plain_bad": 0, "plain_what": ""}
    one = case(*rounds(0, 1), profile=Profile.SEQUENTIAL, connections=served)
    assert "no-accept-loop" not in causes(one)
    many = died("sessions/queue", *[seen(GONE)] * 5, status=0)
    assert "no-accept-loop" not in causes(case(*rounds(0, 1), many, profile=Profile.SEQUENTIAL))


def test_who_does_not_let_the_first_go_may_accept_more() -> None:
    """The second gets nothing, since the first is served for ever: it is not released."""
    row: dict[str, Fact] = {"plain_bad": 2, "plain_what": "nothing"}
    second = failed("sessions/one-after-another", found(Kind.NO_ECHO, 1, sent=9, received=0))
    assert "no-accept-loop" in causes(case(second, connections=row))
    held = [
        failed("shutdown/after-echo", found(Kind.NO_END, sent=9, received=9)),
        failed("shutdown/releases", found(Kind.NOT_RELEASED, sent=9, received=9)),
    ]
    assert "no-accept-loop" not in causes(case(second, *held, connections=row))


def test_a_bad_status_after_one_client() -> None:
    """Without a word, and where nobody said that it serves many: its status is what is wrong."""
    assert causes(case(*rounds(3, 1), profile=Profile.SEQUENTIAL)) == ["exit-status"]


def test_a_bad_status_of_one_that_promised_more() -> None:
    """Where many clients were promised an end after the first is no matter of its status."""
    told = causes(case(*rounds(3, 1), profile=Profile.SEQUENTIAL, pinned=True))
    assert told == ["no-accept-loop"]


def test_five_clients_and_the_end() -> None:
    """Exit status 0 after the same number of clients: a loop that counts."""
    assert causes(case(*rounds(0, 5), profile=Profile.SEQUENTIAL)) == ["connections-used-up"]


def test_the_end_in_the_middle_of_everything() -> None:
    """Exit status 0 while clients are served: the main program does not wait for its threads."""
    ids = ("identity/nul-bytes", "chunking/uneven", "partial-send/slow-reader")
    one = [died(i, seen(SERVED), status=0) for i in ids]
    assert causes(case(*one)) == ["daemon-thread-exit"]


def test_the_end_while_nobody_is_there() -> None:
    """Some time after the last client: waiting for the next has a limit of time."""
    later = seen("2.5 connection failed: ECONNREFUSED")
    one = failed("launch/stays-up", found(Kind.DIED), seen(GONE), later, deaths=(ended(1, at=2.6),))
    assert causes(case(one, profile=Profile.SEQUENTIAL)) == ["accept-error-ends"]


def test_nobody_listens_any_more() -> None:
    """Refused after the first client while the program runs: the listener is gone."""
    refused = [found(Kind.REFUSED, 1)]
    one = [failed(i, refused, seen(GONE), REFUSED) for i in ("sessions/queue", "shutdown/at-once")]
    assert causes(case(*one, profile=Profile.SEQUENTIAL)) == ["listener-closed"]


def test_nobody_accepts_any_more() -> None:
    """Connected by the system and never answered: accept() is not called again."""
    one = failed("sessions/queue", found(Kind.NO_ECHO, 1), seen(GONE), seen("0.5 connected"))
    observed = {"plain_bad": 2, "plain_what": "nothing"}
    told = causes(case(one, profile=Profile.SEQUENTIAL, connections=observed))
    assert told == ["no-accept-loop"]


def test_an_end_that_was_asked_for() -> None:
    """What a plan did itself is no evidence."""
    death = Death(status=None, signal="SIGTERM", at=1.0, asked=True, script=0, output="")
    one = failed("launch/restarts", found(Kind.NOT_LISTENING, None), deaths=(death,))
    assert causes(case(one)) == ["restart-fails"]


TOLD = """Traceback (most recent call last):
  File "server.py", line {line}, in data_received
    queue = QUEUES[self.key]
KeyError: 372
"""


def cut_off(check_id: str, line: int) -> Evidence:
    wrong = found(Kind.EARLY_CLOSE, sent=200, received=100, offset=100, length=100)
    told = TOLD.format(line=line)
    return failed(check_id, wrong, seen("0.1 sent 200; 0.2 received 100"), output=told)


@pytest.mark.parametrize(("second", "told"), [(12, ["crash"]), (40, [])])
def test_an_error_that_ends_connections_only(second: int, told: list[str]) -> None:
    """The server lives, and tells of the same place each time."""
    cut = [cut_off("resilience/connect-and-leave", 12), cut_off("sessions/queue", second)]
    assert [one for one in causes(case(*cut)) if one == "crash"] == told


def test_a_thread_of_cpp_that_nobody_has_joined() -> None:
    """The library says so, in words that hardly anything else brings about; what is not served by a
    process that has crashed is no place that was not given back."""
    death = replace(ended(signal="SIGABRT"), output="terminate called without an active exception")
    died = failed("sessions/churn", found(Kind.DIED, None), deaths=(death,))
    facts: dict[str, Fact] = {"plain_bad": 4}
    (cause,) = explain(case(died, connections=facts)).causes
    assert cause.id == "crash"
    assert cause.bug.startswith("a std::thread object is destroyed")
    assert "join()" in cause.hint


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            "ConnectionResetError: [Errno 104] Connection reset by peer",
            ", after a client had reset",
        ),
        (
            "OSError: [Errno 107] Transport endpoint is not connected",
            "; its last words are OSError",
        ),
    ],
)
def test_what_a_client_did_last_is_told_where_it_matters(raised: str, told: str) -> None:
    """An error of the listening socket has nothing to do with the client that came before it."""
    line = "data = s.recv(1024)"
    reset = died(
        "resilience/reset-idle", seen(SERVED + "0.3 reset"), output=TRACEBACK.format(line, raised)
    )
    assert f"It ended with exit status 1{told}" in explain(case(reset)).causes[0].evidence[0]
