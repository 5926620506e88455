"""The target's own words are found in what real programs print when they fail."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.diagnosis.catalogue import CAUSES
from harness.diagnosis.languages import language_of
from harness.diagnosis.words import Raised, explained, most_telling, told
from harness.diagnosis.words.explained import TABLE

OUTPUTS = {path.stem: path for path in (Path(__file__).parent / "outputs").glob("*.txt")}
"""Recorded from small programs; only the folders' names were changed."""

TOLD = (
    ("c-asan-after", 1, "AddressSanitizer: heap-use-after-free", "after.c:7", "", True, None),
    (
        "c-asan-heap",
        1,
        "AddressSanitizer: heap-buffer-overflow, ",
        "heap.c:5",
        "",
        True,
        "off-by-one-at-full-read",
    ),
    ("c-assertion", 1, 'assertion failed: argc > 1 && "n"', "assertion.c:2", "", True, None),
    ("c-badfree", 1, "free(): invalid pointer", "", "", True, None),
    ("c-double", 1, "free(): double free detected in tcache 2", "", "", True, None),
    ("c-perror", 1, "accept: Too many open files", "", "", False, "descriptor-famine"),
    ("c-segv", 1, "Segmentation fault", "", "", True, None),
    ("c-smash", 1, "*** stack smashing detected ***: termina", "", "", True, None),
    ("c-tsan", 1, "ThreadSanitizer: data race", "tsan.c:3", "", False, None),
    ("c-ubsan", 1, "runtime error: signed integer overflow: ", "ub.c:5", "", False, None),
    ("go-deadlock", 1, "fatal error: all goroutines are asleep -", "deadlock.go:8", "", True, None),
    ("go-fatal", 1, "listen tcp 127.0.0.1:15997: bind: addres", "", "", False, "restart-fails"),
    (
        "go-index",
        1,
        "panic: runtime error: slice bounds out o",
        "index.go:11",
        "in a goroutine",
        True,
        None,
    ),
    ("go-maps", 1, "fatal error: concurrent map writes", "maps.go:9", "in a goroutine", True, None),
    ("go-nilmap", 1, "panic: assignment to entry in nil map", "nilmap.go:8", "", True, None),
    (
        "go-panicerr",
        1,
        "panic: read tcp 127.0.0.1:7->127.0.0.1:8",
        "panicerr.go:9",
        "",
        True,
        "crash-on-reset",
    ),
    ("go-race", 1, "data race: read while another goroutine ", "race.go:7", "", False, None),
    (
        "java-Bind",
        1,
        "BindException: Address already in use",
        "Bind.java:5",
        "",
        True,
        "restart-fails",
    ),
    (
        "java-Caused",
        4,
        "SocketException: Connection reset",
        "Caused.java:3",
        "",
        True,
        "crash-on-reset",
    ),
    (
        "java-Threads",
        1,
        "ArrayIndexOutOfBoundsException: Index 4 ",
        "Threads.java:3",
        "in thread Thread-0",
        False,
        None,
    ),
    (
        "node-afterend",
        1,
        "Error: write after end",
        "afterend.js:4",
        "as an 'error' event that nobody handles",
        True,
        None,
    ),
    (
        "node-inuse",
        1,
        "Error: listen EADDRINUSE: address alread",
        "",
        "as an 'error' event that nobody handles",
        True,
        "restart-fails",
    ),
    ("node-logged", 1, "TypeError: Cannot read properties of nul", "logged.js:1", "", False, None),
    ("node-rejection", 1, "RangeError: too long: x", "rejection.js:3", "", True, None),
    ("node-rejection2", 1, "UnhandledPromiseRejection: This error or", "", "", True, None),
    (
        "node-reset",
        1,
        "Error: read ECONNRESET",
        "",
        "as an 'error' event that nobody handles",
        True,
        "crash-on-reset",
    ),
    ("node-syntax", 1, "SyntaxError: missing ) after argument li", "syntax.js:3", "", True, None),
    ("node-type", 1, "TypeError: Cannot read properties of und", "type.js:3", "", True, None),
    ("perl-die", 1, "cannot read: 2", "die.pl:2", "", True, None),
    (
        "perl-die2",
        1,
        "cannot listen: IO::Socket::INET: Address",
        "die2.pl:4",
        "",
        True,
        "restart-fails",
    ),
    (
        "python-3.11-decode",
        1,
        "UnicodeDecodeError: 'utf-8' codec can't ",
        "decode.py:5",
        "",
        True,
        "decodes-text",
    ),
    ("python-3.11-group", 3, "IndexError: list index out of range", "group.py:7", "", True, None),
    (
        "python-3.13-chained",
        3,
        "KeyError: <socket.socket fd=3, family=1,",
        "chained.py:13",
        "",
        True,
        None,
    ),
    (
        "python-3.13-decode",
        1,
        "UnicodeDecodeError: 'utf-8' codec can't ",
        "decode.py:5",
        "",
        True,
        "decodes-text",
    ),
    (
        "python-3.13-eof",
        1,
        "EOFError: EOF when reading a line",
        "eof.py:3",
        "",
        True,
        "input-for-recv",
    ),
    ("python-3.13-group", 3, "IndexError: list index out of range", "group.py:7", "", True, None),
    (
        "python-3.13-ignored",
        1,
        "AttributeError: 'Client' object has no a",
        "ignored.py:3",
        "in Client.__del__, and ignored",
        False,
        None,
    ),
    (
        "python-3.13-in_use",
        1,
        "OSError: [Errno 98] Address already in u",
        "in_use.py:4",
        "",
        True,
        "restart-fails",
    ),
    (
        "python-3.13-listener",
        1,
        "OSError: [Errno 107] Transport endpoint ",
        "listener.py:7",
        "",
        True,
        "recv-on-listener",
    ),
    (
        "python-3.13-logged",
        2,
        "ValueError: invalid literal for int() wi",
        "logged.py:4",
        "",
        True,
        None,
    ),
    (
        "python-3.13-multi",
        1,
        "TypeError: a bytes-like object is requir",
        "multi.py:5",
        "",
        True,
        "decodes-text",
    ),
    ("python-3.13-note", 3, "AssertionError", "note.py:11", "", True, None),
    (
        "python-3.13-protocol",
        1,
        "TypeError: data argument must be a bytes",
        "protocol.py:7",
        "in data_received()",
        False,
        "decodes-text",
    ),
    (
        "python-3.13-recursion",
        1,
        "RecursionError: maximum recursion depth ",
        "recursion.py:4",
        "",
        True,
        "recursion",
    ),
    (
        "python-3.13-sockserver",
        1,
        "TypeError: a bytes-like object is requir",
        "sockserver.py:6",
        "in a handler",
        False,
        "decodes-text",
    ),
    (
        "python-3.13-streams",
        1,
        "TypeError: data argument must be a bytes",
        "streams.py:5",
        "in the handler of a client",
        False,
        None,
    ),
    ("python-3.13-syntax", 1, "SyntaxError: expected ':'", "syntax.py:3", "", True, None),
    (
        "python-3.13-task",
        1,
        "UnicodeDecodeError: 'ascii' codec can't ",
        "task.py:5",
        "in a task",
        False,
        "decodes-text",
    ),
    (
        "python-3.13-thread_args",
        1,
        "TypeError: handle() missing 1 required p",
        "",
        "in thread Thread-1 (handle)",
        False,
        "thread-without-arguments",
    ),
    (
        "python-3.8-decode",
        1,
        "UnicodeDecodeError: 'utf-8' codec can't ",
        "decode.py:5",
        "",
        True,
        "decodes-text",
    ),
    (
        "python-3.8-sockserver",
        1,
        "TypeError: a bytes-like object is requir",
        "sockserver.py:6",
        "in a handler",
        False,
        "decodes-text",
    ),
    (
        "python-3.8-streams",
        1,
        "TypeError: data argument must be a bytes",
        "streams.py:5",
        "in a task",
        False,
        None,
    ),
    ("python-3.8-syntax", 1, "SyntaxError: invalid syntax", "syntax.py:3", "", True, None),
    (
        "python-3.8-task",
        1,
        "UnicodeDecodeError: 'ascii' codec can't ",
        "task.py:5",
        "in a task",
        False,
        "decodes-text",
    ),
    (
        "python-3.8-thread_args",
        1,
        "TypeError: handle() missing 1 required p",
        "",
        "in thread Thread-1",
        False,
        "thread-without-arguments",
    ),
    (
        "rust-backtrace",
        1,
        "panic: index out of bounds: the len is 4",
        "thread.rs:4",
        "in a thread",
        False,
        None,
    ),
    ("rust-main_err", 1, "Error: Os { code: 98, kind: AddrInUse, m", "", "", True, "restart-fails"),
    (
        "rust-thread",
        1,
        "panic: index out of bounds: the len is 4",
        "thread.rs:4",
        "in a thread",
        False,
        None,
    ),
    (
        "rust-unwrap",
        1,
        "panic: called `Result::unwrap()` on an `",
        "unwrap.rs:5",
        "",
        True,
        "restart-fails",
    ),
)
"""(output, how many are told, and of the most telling: its words, place, circumstance, whether it
ends the process, and the cause that it proves)."""

LINES = sorted({line for path in OUTPUTS.values() for line in path.read_text("utf-8").split("\n")})


def output(name: str) -> str:
    return OUTPUTS[name].read_text("utf-8")


def last(text: str) -> Raised:
    found = most_telling(told(textwrap.dedent(text).strip("\n")))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "many", "words", "place", "circumstance", "fatal", "cause"), TOLD, ids=lambda x: str(x)
)
def test_real_outputs_tell_what_was_raised_and_where(
    name: str,
    many: int,
    words: str,
    place: str,
    circumstance: str,
    fatal: bool,
    cause: str | None,
) -> None:
    """The most telling exception, in the user's own code, and what it proves alone."""
    raised = told(output(name))
    one = most_telling(raised)
    assert one is not None
    assert len(raised) == many
    assert one.headline.startswith(words)
    assert (f"{one.place.name}:{one.line}" if one.place else "") == place
    assert (one.circumstance, one.fatal, explained(one)) == (circumstance, fatal, cause)
    assert one.language in ("", name.partition("-")[0])


def test_every_recorded_output_is_read() -> None:
    """None lies about unused."""
    assert {row[0] for row in TOLD} == set(OUTPUTS)


NAMELESS = {
    *("c-badfree", "c-double", "c-perror", "c-segv", "c-ubsan", "go-fatal", "go-race"),
    *("python-3.11-group", "python-3.13-group", "rust-main_err"),
}
"""Outputs that look alike in several languages."""


@pytest.mark.parametrize("name", [row[0] for row in TOLD])
def test_the_language_is_told_by_the_output(name: str) -> None:
    """A program whose command says nothing is known by its way to fail, or not at all."""
    told = None if name in NAMELESS else name.partition("-")[0]
    assert language_of(["./server"], output(name)) == told


@pytest.mark.parametrize("name", ["python-3.13-decode", "python-3.13-sockserver", "java-Bind"])
def test_a_report_whose_beginning_is_lost_is_still_read(name: str) -> None:
    """Only the last lines of an output are kept: its exception is at the end."""
    lines = output(name).splitlines()
    whole = most_telling(told(output(name)))
    assert whole is not None
    for k in range(len(lines) - 4 if name.startswith("python") else 1):
        cut = most_telling(told("\n".join(lines[k:])))
        assert cut is not None
        assert (cut.headline, cut.where) == (whole.headline, whole.where)


def test_a_traceback_shows_the_source_and_leaves_out_libraries() -> None:
    """The line to look at is the user's, though asyncio raised the error."""
    one = most_telling(told(output("python-3.13-protocol")))
    assert one is not None
    assert one.where == "protocol.py:7, in data_received: self.transport.write(data.decode())"
    assert [frame.library for frame in one.frames] == [True, False, True]
    assert [frame.name for frame in one.frames_own] == ["protocol.py"]


def test_a_call_over_several_lines_is_one_line() -> None:
    """Python shows all of it, with marks below; its sense is in the whole."""
    one = most_telling(told(output("python-3.13-multi")))
    assert one is not None
    assert one.source == "conn.sendall( data.decode() + name )"


def test_a_chain_is_told_in_the_order_in_which_it_happened() -> None:
    """The reason first; what was raised from it, or while it was handled, says so."""
    first, second, third = told(output("python-3.13-chained"))
    assert (first.kind, second.kind, third.kind) == ("UnicodeDecodeError", "ValueError", "KeyError")
    assert (first.wraps, second.wraps, third.wraps) == (False, True, False)
    assert (second.handling, third.handling) == (False, True)
    assert most_telling((first, second)) is first


def test_the_reason_tells_more_than_what_wraps_it() -> None:
    """Java's RuntimeException around a reset is a reset."""
    reason, wrapper, *_ = told(output("java-Caused"))
    assert (reason.kind, reason.code) == ("SocketException", "ECONNRESET")
    assert wrapper.wraps
    assert most_telling((reason, wrapper)) is reason


def test_a_client_that_left_tells_less_than_a_fault() -> None:
    """A reset that an earlier client caused does not hide the error that follows or goes before."""
    fault = Raised("python", "KeyError", "7", circumstance="in a task")
    reset = Raised(
        "python", "ConnectionResetError", "", circumstance="in a task", code="ECONNRESET"
    )
    assert most_telling((fault, reset)) is fault
    assert most_telling((reset, fault)) is fault
    assert most_telling((reset,)) is reset


def test_who_is_told_to_end_raises_nothing() -> None:
    """An interrupt or the end of a task is no fault."""
    stopped = """
        Traceback (most recent call last):
          File "server.py", line 9, in <module>
            conn, address = listener.accept()
        KeyboardInterrupt
        """
    assert most_telling(told(textwrap.dedent(stopped))) is None


def test_plain_lines_are_not_errors() -> None:
    """What servers print of their work tells of no exception."""
    text = """
        listening on 127.0.0.1:7
        Connected by ('127.0.0.1', 50000)
        received: b'Error'
        2026-11-26 03:02:26,222 INFO Traceback is off
        File "x", line 3
        panic button: off
        client at desk line 3.5
        """
    assert told(textwrap.dedent(text)) == ()


@pytest.mark.parametrize(
    ("text", "language", "headline", "where", "fatal"),
    [
        (
            """
            server.rb:4:in `recv': Connection reset by peer - recvfrom(2) (Errno::ECONNRESET)
            \tfrom server.rb:4:in `serve'
            \tfrom server.rb:9:in `<main>'
            """,
            "ruby",
            "Errno::ECONNRESET: Connection reset by peer - recvfrom(2)",
            "server.rb:4, in recv",
            True,
        ),
        (
            """
            #<Thread:0x00007f server.rb:8 run> terminated with exception (report_on_exception is 1):
            server.rb:5:in 'Object#serve': undefined method 'size' for nil (NoMethodError)
            \tfrom server.rb:9:in 'block in <main>'
            """,
            "ruby",
            "NoMethodError: undefined method 'size' for nil",
            "server.rb:5, in Object#serve",
            False,
        ),
        (
            "thread 'main' panicked at 'index out of bounds: the len is 4', src/main.rs:12:5",
            "rust",
            "panic: index out of bounds: the len is 4",
            "main.rs:12",
            True,
        ),
        (
            """
            terminate called after throwing an instance of 'std::out_of_range'
              what():  vector::_M_range_check
            """,
            "c",
            "std::out_of_range: vector::_M_range_check",
            "",
            True,
        ),
        (
            """
            ==12== Invalid write of size 1
            ==12==    at 0x109151: serve (heap.c:5)
            ==12==    by 0x10919A: main (heap.c:10)
            ==12==  Address 0x4a96440 is 0 bytes after a block of size 1,024 alloc'd
            """,
            "c",
            "valgrind: Invalid write of size 1",
            "heap.c:5, in serve",
            False,
        ),
        (
            "sh: line 1: 71 Segmentation fault      (core dumped) ./server",
            "c",
            "Segmentation fault",
            "",
            True,
        ),
        (
            """
            2026/11/26 03:02:47 http: panic serving 127.0.0.1:50000: runtime error: index
            goroutine 18 [running]:
            """,
            "go",
            "",
            "",
            False,
        ),
        (
            """
            error: Uncaught (in promise) TypeError: conn.send is not a function
                at serve (file:///home/you/server.ts:4:10)
            """,
            "node",
            "TypeError: conn.send is not a function",
            "server.ts:4, in serve",
            True,
        ),
        (
            """
            (node:7) UnhandledPromiseRejectionWarning: Error: write EPIPE
                at serve (/home/you/server.js:4:10)
            """,
            "node",
            "Error: write EPIPE",
            "server.js:4, in serve",
            True,
        ),
        (
            """
            panic: runtime error: invalid memory address

            goroutine 7 [running]:
            main.serve()
            \t/home/you/go/src/echo/main.go:9 +0x1d
            created by main.main
            \t/home/you/go/src/echo/main.go:3 +0x1d
            """,
            "go",
            "panic: runtime error: invalid memory address",
            "main.go:9, in main.serve",
            True,
        ),
    ],
)
def test_other_programs_are_understood(
    text: str, language: str, headline: str, where: str, fatal: bool
) -> None:
    """As Ruby, valgrind, shells and older versions print it."""
    found = most_telling(told(textwrap.dedent(text).strip("\n")))
    if not headline:
        assert found is None or not found.fatal
        return
    assert found is not None
    assert (found.language, found.headline, found.where) == (language, headline, where)
    assert found.fatal is fatal


def traceback(kind: str, source: str, thread: bool = False) -> str:
    before = "Exception in thread Thread-1:\n" if thread else ""
    return (
        f"{before}Traceback (most recent call last):\n"
        f'  File "server.py", line 3, in <module>\n    {source}\n{kind}'
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (traceback("EOFError: EOF when reading a line", "input('Enter to stop')"), "needs-stdin"),
        (traceback("EOFError: EOF when reading a line", "data = input()"), "input-for-recv"),
        (traceback("BlockingIOError: [Errno 11] x", "data = c.recv(10)"), "eagain-is-error"),
        (traceback("BlockingIOError: [Errno 11] x", "sent = c.send(data)"), "would-block-closes"),
        (traceback("TimeoutError: timed out", "data = conn.recv(1024)"), "idle-timeout"),
        (traceback("socket.timeout: timed out", "conn.sendall(x)"), "gives-up-on-slow-reader"),
        (traceback("TimeoutError: timed out", "s.accept()"), "accept-error-ends"),
        (traceback("TimeoutError: timed out", "s.accept()", thread=True), None),
        (traceback("BrokenPipeError: [Errno 32] Broken pipe", "c.send(x)"), "crash-on-reset"),
        (traceback("BrokenPipeError: [Errno 32] Broken pipe", "c.send(x)", thread=True), None),
        (traceback("OSError: [Errno 107] x", "print(conn.getpeername())"), "crash-on-reset"),
        (traceback("OSError: [Errno 107] x", "s.sendall(data)"), "recv-on-listener"),
        (traceback("OSError: [Errno 9] Bad file descriptor", "s.accept()"), "listener-closed"),
        (traceback("OSError: [Errno 9] x", "data = c.recv(9)"), "close-inside-loop"),
        (traceback("OSError: [Errno 9] x", "data = c.recv(9)", thread=True), None),
        (traceback("OSError: [Errno 22] Invalid argument", "s.accept()"), "not-listening"),
        (traceback("OSError: [Errno 95] x", "s.listen()"), "datagram-socket"),
        (traceback("OSError: [Errno 24] Too many open files", "s.accept()"), "descriptor-famine"),
        (traceback("InterruptedError: [Errno 4] x", "p.poll()"), "eintr-is-error"),
        (traceback("struct.error: ubyte format requires 0 <= number <= 255", "p"), "counter-wraps"),
        (traceback("KeyError: 7", "del clients[fd]"), None),
        (traceback("KeyError: 'x'", "text.format(a=1)"), "format-string"),
        (traceback("TypeError: not enough arguments for format string", "a % b"), "format-string"),
        (traceback("OverflowError: unsigned short is greater than maximum", "p"), "counter-wraps"),
        (traceback("TypeError: f() missing 1 required positional argument: 'x'", "f()"), None),
        ("RangeError: Maximum call stack size exceeded\n    at f (/a/s.js:3:4)", "recursion"),
        (
            "Error: This socket has been ended by the other party\n    at f (/a/s.js:3:4)",
            "half-close-ends-at-once",
        ),
        ("recv: Transport endpoint is not connected", "recv-on-listener"),
        (
            (
                "thread '<unnamed>' (29969) panicked at src/main.rs:33:19:\n"
                "called `Result::unwrap()` on an `Err` value: PoisonError { .. }"
            ),
            "lock-kept",
        ),
        ("read: Resource temporarily unavailable", "eagain-is-error"),
        ("epoll_wait: Interrupted system call", "eintr-is-error"),
        ("accept: Invalid argument", "not-listening"),
        (
            'Error: Error { kind: InvalidData, message: "stream did not contain valid UTF-8" }',
            "decodes-text",
        ),
    ],
)
def test_what_an_exception_alone_proves(text: str, cause: str | None) -> None:
    """One line of the table each; nothing where it may have many causes."""
    assert explained(last(text)) == cause


def test_last_words_of_a_process_that_died_were_not_caught() -> None:
    """perror() and exit() are the end as well; alone the line may be a note of one who goes on."""
    one = last("read: Connection reset by peer")
    assert (explained(one), explained(one, died=True)) == (None, "crash-on-reset")
    one = last("write: Broken pipe")
    assert (explained(one), explained(one, died=True)) == (None, "killed-by-sigpipe")
    in_thread = traceback("ConnectionResetError: [Errno 104] x", "c.recv(9)", thread=True)
    assert explained(last(in_thread), died=True) is None


def test_a_traceback_that_somebody_caught_and_printed_ends_nothing() -> None:
    """The program itself is not among its frames."""
    text = traceback("KeyError: 7", "del clients[fd]")
    assert last(text).fatal
    assert not last(text.replace("<module>", "serve")).fatal


def test_an_exception_that_is_printed_as_its_value_is_read() -> None:
    """As ``print(repr(error))`` shows it."""
    one = last("bug while serving ('127.0.0.1', 41780): BrokenPipeError(32, 'Broken pipe')")
    assert (one.headline, one.code) == ("BrokenPipeError: [Errno 32] Broken pipe", "EPIPE")
    assert not one.fatal


def test_the_end_of_a_report_of_node_names_the_error_of_the_system() -> None:
    """What is left of it, when its first lines are cut, is more than a line of Node's own."""
    lines = output("node-reset").splitlines()
    one = last("\n".join(lines[7:]))
    assert (one.headline, one.code, one.fatal) == ("Error: read ECONNRESET", "ECONNRESET", True)


def test_the_table_speaks_of_causes_that_exist() -> None:
    """No row leads nowhere."""
    assert {row.cause for row in TABLE} <= set(CAUSES)


@given(st.text() | st.lists(st.sampled_from(LINES), max_size=30).map("\n".join))
@settings(max_examples=40, deadline=None)
def test_no_output_breaks_the_reading(text: str) -> None:
    """Whatever a target writes, and however its lines are mixed, it is read to the end."""
    for one in told(text):
        explained(one)
        assert one.headline


@pytest.mark.parametrize("line", ["at " * 100, "a: " * 100, "File " * 60, "x" * 300, "(" * 300])
def test_long_outputs_are_read_quickly(line: str) -> None:
    """Nobody waits for a report because a target wrote much."""
    before = time.process_time()
    told("\n".join([line] * 1000))
    assert time.process_time() - before < 10


@pytest.mark.parametrize(
    "between", ["", '  File "s.py", line 20, in deeper\n    raise ValueError\n']
)
def test_what_another_thread_says_in_between_is_no_exception(between: str) -> None:
    """Threads print at once: a line of a log can stand between a frame and its exception."""
    text = (
        'Traceback (most recent call last):\n  File "s.py", line 16, in serve\n'
        f"error: this is no error; Exception in thread: none\n{between}"
        "ValueError: nobody sees this\n"
    )
    (found,) = told(text)
    assert (found.kind, found.message) == ("ValueError", "nobody sees this")
