"""The line that a cause is about is found in the source, or nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.diagnosis.catalogue import CAUSES
from harness.diagnosis.languages import language_of
from harness.diagnosis.where import patterns, point, python

TESTS = Path(__file__).parents[1]

POINTED = (
    ("zoo/textbook_accept_in_loop.py", "accept-inside-loop", "conn, addr = s.accept()"),
    ("zoo/textbook_break_after_first.py", "single-read", "break"),
    ("zoo/textbook_close_in_loop.py", "close-inside-loop", "conn.close()"),
    ("zoo/textbook_closes_listener.py", "listener-closed", "s.close()"),
    ("zoo/textbook_decodes.py", "decodes-text", "text = data.decode()"),
    ("zoo/textbook_input_for_recv.py", "input-for-recv", 'reply = input("> ")'),
    ("zoo/textbook_never_closed.py", "never-closes", None),
    ("zoo/textbook_no_break.py", "missing-break", "data = conn.recv(1024)"),
    ("zoo/textbook_ok_first.py", "banner", 'conn.sendall(b"OK\\n")'),
    ("zoo/textbook_only_prints.py", "printed-not-sent", 'print("received:", data)'),
    ("zoo/textbook_quit_command.py", "magic-word", 'if not data or data.strip() == b"quit":'),
    ("zoo/textbook_readline.py", "waits-for-newline", "for line in lines:"),
    ("zoo/textbook_recv_on_listener.py", "recv-on-listener", "data = s.recv(1024)"),
    ("zoo/textbook_recv_once.py", "single-read", "data = conn.recv(1024)"),
    ("zoo/textbook_reset_ends_it.py", "crash-on-reset", None),
    ("zoo/textbook_send.py", "short-send-ignored", "conn.send(data)"),
    ("zoo/textbook_sendall_after_loop.py", "send-outside-loop", "conn.sendall(data)"),
    ("zoo/textbook_short_read_ends.py", "short-read-is-end", "if len(data) < 1024:"),
    ("zoo/textbook_short_read_next.py", "short-read-is-end", "if len(data) < 1024:"),
    (
        "zoo/textbook_str_of_bytes.py",
        "representation-sent",
        'conn.sendall(f"{data}".encode())',
    ),
    ("zoo/textbook_strip.py", "strips-whitespace", "conn.sendall(data.strip())"),
    (
        "zoo/textbook_thread_called.py",
        "thread-called-not-started",
        "thread = threading.Thread(target=handle(conn))",
    ),
    ("zoo/textbook_timeout.py", "idle-timeout", "conn.settimeout(0.5)"),
    ("zoo/textbook_upper.py", "case-changed", "conn.sendall(data.upper())"),
    ("zoo/chunking_hundred_reads.py", "reads-quota", "for _ in range(MAX_MESSAGES):"),
    ("zoo/chunking_recursion.py", "recursion", "echo(client)"),
    ("zoo/launch_no_reuseaddr.py", "restart-fails", "listener.bind((HOST, PORT))"),
    ("zoo/resources_poll_zero.py", "spins-idle", "for fd, _ in poller.poll(0):"),
    ("zoo/signed_char_eof.c", "signed-char-is-end", "signed char c;"),
    ("zoo/strlen_payload.c", "cut-at-nul", "if (send_all(fd, buf, strlen(buf)) < 0)"),
    ("zoo/set_encoding_utf8.js", "lossy-decoding", 'socket.setEncoding("utf8");'),
    ("zoo/shutdown_exits_one.py", "exit-status", None),
)
"""(file, its cause, the line that is to be found)."""

OF_PLACES = (
    "missing-break",
    "send-outside-loop",
    "recv-on-listener",
    "close-inside-loop",
    "thread-called-not-started",
    "thread-without-arguments",
    "printed-not-sent",
    "short-send-ignored",
    "short-read-is-end",
    "banner",
    "representation-sent",
)
"""Causes that a correct server cannot look like."""

LOOP = """\
while True:
    conn, address = listener.accept()
    while True:
        data = conn.recv(1024)
        if not data:
            break
        {}
    conn.close()
"""


@pytest.mark.parametrize(("file", "cause", "line"), POINTED, ids=lambda x: str(x))
def test_the_line_of_a_bug_is_found(file: str, cause: str, line: str | None) -> None:
    """In servers as beginners write them; nothing where what is wrong is a line that is missing."""
    source = (TESTS / file).read_text("utf-8")
    found = point(cause, source, language_of([file]))
    assert (found[1] if found else None) == line
    if found:
        assert source.split("\n")[found[0] - 1].strip() == line


@pytest.mark.parametrize(
    ("cause", "line", "found"),
    [
        ("short-send-ignored", "conn.send(data)", True),
        ("short-send-ignored", "sent = conn.send(data)", False),
        ("short-send-ignored", "conn.sendall(data)", False),
        ("short-send-ignored", "conn.send(data[:9]); conn.close(); conn.send(data)", True),
        ("short-send-ignored", "conn.send(a)\n        conn.send(b)", False),
        ("strips-whitespace", "conn.sendall(data.strip())", True),
        ("strips-whitespace", "if data.strip() == b'quit': break", False),
        ("magic-word", "if data.strip() == b'quit': break", True),
        ("magic-byte", "if data == b'\\x04': break", True),
        ("magic-byte", "if data == b'quit': break", False),
        ("short-read-is-end", "if len(data) < 1024: break", True),
        ("short-read-is-end", "if len(data) < 1024: print('short')", False),
        ("short-read-is-end", "if len(data) < 1: break", False),
        ("full-read-is-end", "if len(data) == 1024: break", True),
        ("single-read", "conn.sendall(data)", False),
        ("accept-inside-loop", "conn.sendall(data)", False),
        ("missing-break", "conn.sendall(data)", False),
        ("close-inside-loop", "conn.close()", True),
        ("close-inside-loop", "conn.close(); break", False),
        ("close-inside-loop", "if data == b'x': conn.close()", False),
        ("banner", "conn.sendall(b'hi')", False),
        ("prefix-or-suffix", "conn.sendall(b'Echo: ' + data)", True),
        ("prefix-or-suffix", "conn.sendall(head + data)", False),
        ("constant-answer", "conn.sendall(b'OK')", True),
        ("lossy-decoding", "conn.sendall(data.decode(errors='ignore').encode())", True),
        ("counter-wraps", "total = (total + len(data)) & 0xffff", True),
        ("message-size-limit", "conn.sendall(data[:4096])", True),
        ("message-size-limit", "conn.sendall(data[:sent])", False),
        ("thread-without-arguments", "Thread(target=serve, args=(conn)).start()", True),
        ("thread-without-arguments", "Thread(target=serve, args=(conn,)).start()", False),
        ("thread-called-not-started", "Thread(target=partial(serve, conn)).start()", False),
        ("exit-status", "sys.exit(3)", True),
        ("exit-status", "sys.exit(0)", False),
        ("crash", "conn.sendall(data)", False),
    ],
)
def test_a_line_is_named_only_where_it_fits(cause: str, line: str, found: bool) -> None:
    """What is right, or stands twice, is not pointed at."""
    place = point(cause, LOOP.format(line), "python")
    assert (place is not None) is found
    if place:
        assert place == (7, LOOP.format(line).split("\n")[6].strip())


@pytest.mark.parametrize(
    ("language", "cause", "source", "line"),
    [
        ("c", "short-send-ignored", "  write(fd, buf, n);", 1),
        ("c", "short-send-ignored", "  n = write(fd, buf, n);", None),
        ("c", "short-send-ignored", "/*\n write(a);\n*/\n // write(b)\n  write(c);", 5),
        ("c", "restart-fails", "bind(fd, a, n);", 1),
        ("c", "restart-fails", "setsockopt(fd, SOL_SOCKET, SO_REUSEADDR);\nbind(fd, a, n);", None),
        ("c", "format-string", 'printf("%s", buf);', None),
        ("c", "format-string", "dprintf(fd, buf);", 1),
        ("node", "lossy-decoding", "socket.write(data.toString())", 1),
        ("node", "lossy-decoding", "a.toString()\nb.toString()", None),
        ("go", "waits-for-newline", "scanner := bufio.NewScanner(conn) // lines", 1),
        ("go", "waits-for-newline", "// bufio.NewScanner(conn)", None),
        ("java", "waits-for-newline", "while ((line = in.readLine()) != null)", 1),
        ("rust", "waits-for-full-buffer", "stream.read_exact(&mut buf)?;", 1),
        ("perl", "waits-for-newline", "while (<$fd>) { # a line", 1),
        ("ruby", "strips-whitespace", "client.write(data.strip)", 1),
        ("ruby", "strips-whitespace", "# data.strip", None),
        ("lua", "waits-for-newline", "client:receive()", None),
    ],
)
def test_other_languages_are_searched_by_patterns(
    language: str, cause: str, source: str, line: int | None
) -> None:
    """Comments do not count, and the numbers of the lines stay."""
    found = point(cause, source, language)
    assert (found[0] if found else None) == line


@pytest.mark.parametrize("file", sorted((TESTS / "good").glob("*.py")), ids=lambda path: path.stem)
def test_correct_servers_have_no_line_of_bugs_of_loops(file: Path) -> None:
    """What is judged by its place in the program is judged rightly."""
    source = file.read_text("utf-8")
    for cause in OF_PLACES:
        assert point(cause, source, "python") is None, cause


def test_every_finder_belongs_to_a_cause() -> None:
    """None looks for what nobody asks."""
    known = set(python.FINDERS)
    for of_language in patterns.PATTERNS.values():
        known |= set(of_language)
    assert known <= set(CAUSES)


@given(st.text() | st.sampled_from(["def f(:", "x = (" * 500, "\0", "-" * 5000 + "1"]))
@settings(max_examples=30, deadline=None)
def test_what_is_no_program_is_passed_over(source: str) -> None:
    """A file may hold anything: what is pointed at is one of its lines, if it is anything."""
    for cause in ("single-read", "short-send-ignored", "magic-word"):
        for language in ("python", "c", None):
            place = point(cause, source, language)
            assert place is None or place[1] in source
