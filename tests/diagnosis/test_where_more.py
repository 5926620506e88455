"""Lines that bugs of state, pace and content are about: as people write them, and mended."""

from __future__ import annotations

import pytest

from harness.diagnosis.rules import sourced
from harness.diagnosis.where import (
    calls,
    ends,
    loops,
    mentions,
    pace,
    patterns,
    point,
    python,
    sharing,
    texts,
    threads,
)

WORKER_THAT_GOES_ON = """\
def work():
    while True:
        try:
            serve(q.get())
        except OSError:
            pass
Thread(target=work).start()
"""
PYTHON = {
    "shared-buffer": (
        "class Echo:\n    pending = bytearray()\n",
        "class Echo:\n    def __init__(self):\n        self.pending = bytearray()\n",
    ),
    "leftover-of-earlier": (
        "def serve(conn, rest=bytearray()):\n    rest += conn.recv(9)\n",
        "def serve(conn, rest=None):\n    rest = conn.recv(9)\n",
    ),
    "state-by-descriptor": ("states[conn.fileno()] = b''\n", "states[conn] = b''\n"),
    "broadcast": (
        "for c in clients:\n    c.sendall(data)\n",
        "for c in clients:\n    c.close()\n",
    ),
    "removal-skips-next": (
        "for c in clients:\n    clients.remove(c)\n",
        "for c in list(clients):\n    clients.remove(c)\n",
    ),
    "first-ready-only": ("conn = ready[0]\n", "for conn in ready:\n    serve(conn)\n"),
    "memory-leak": ("log.append(data)\n", "log.append(data)\nlog.clear()\n"),
    "descriptor-leak": ("conn, _ = s.accept()\n", "conn, _ = s.accept()\nconn.close()\n"),
    "connection-limit": ("if len(clients) >= 5:\n    pass\n", "if len(data) >= 5:\n    pass\n"),
    "connections-used-up": (
        "for _ in range(9):\n    conn, _ = s.accept()\n",
        "while True:\n    conn, _ = s.accept()\n",
    ),
    "killed-by-sigpipe": ("signal(SIGPIPE, SIG_DFL)\n", "signal(SIGINT, SIG_DFL)\n"),
    "shared-loop-variable": (
        "while True:\n    conn, _ = s.accept()\n    Thread(target=lambda: serve(conn)).start()\n",
        "while True:\n    conn, _ = s.accept()\n    Thread(target=serve, args=(conn,)).start()\n",
    ),
    "closed-under-thread": (
        "while True:\n    conn, _ = s.accept()\n    Thread(target=f).start()\n    conn.close()\n",
        "while True:\n    conn, _ = s.accept()\n    Thread(target=f).start()\n",
    ),
    "daemon-thread-exit": (
        "Thread(target=main, daemon=True).start()\n",
        "t = Thread(target=main, daemon=True)\nt.start()\nt.join()\n",
    ),
    "lock-kept": (
        "def f():\n    lock.acquire()\n    work()\n    lock.release()\n",
        "lock.acquire()\ntry:\n    work()\nfinally:\n    lock.release()\n",
    ),
    "workers-die": (
        "def work():\n    while True:\n        serve(q.get())\nThread(target=work).start()\n",
        WORKER_THAT_GOES_ON,
    ),
    "answers-overtake": (
        "while data := conn.recv(9):\n    Thread(target=answer, args=(conn, data)).start()\n",
        "while data := conn.recv(9):\n    answer(conn, data)\n",
    ),
    "zombies": ("pid = os.fork()\n", "pid = os.fork()\nos.waitpid(pid, 0)\n"),
    "child-goes-on": ("pid = os.fork()\n", "if not os.fork():\n    os._exit(0)\n"),
    "would-block-closes": (
        "try:\n    conn.send(data)\nexcept BlockingIOError:\n    conn.close()\n",
        "try:\n    conn.send(data)\nexcept BlockingIOError:\n    wait(conn)\n",
    ),
    "eagain-is-error": (
        "try:\n    conn.recv(9)\nexcept BlockingIOError:\n    conn.close()\n",
        "try:\n    conn.recv(9)\nexcept BlockingIOError:\n    pass\n",
    ),
    "eintr-is-error": (
        "while True:\n    try:\n        f()\n    except InterruptedError:\n        break\n",
        "while True:\n    try:\n        f()\n    except InterruptedError:\n        continue\n",
    ),
    "pause-is-end-of-message": (
        "while True:\n    try:\n        conn.recv(9)\n    except TimeoutError:\n        break\n",
        "while True:\n    try:\n        conn.recv(9)\n    except TimeoutError:\n        pass\n",
    ),
    "keepalive-bytes": (
        "try:\n    f()\nexcept TimeoutError:\n    conn.sendall(b'ping')\n",
        "try:\n    f()\nexcept TimeoutError:\n    conn.sendall(data)\n",
    ),
    "stalled-output-dropped": ("q = deque(maxlen=64)\n", "q = deque()\n"),
    "unbounded-buffer": (
        "writer.write(data)\n",
        "writer.write(data)\nawait_ = writer.drain()\n",
    ),
    "busy-loop-writable": (
        "sel.register(conn, EVENT_READ | EVENT_WRITE)\n",
        "sel.register(conn, EVENT_READ)\n",
    ),
    "edge-not-drained": ("ep.register(fd, EPOLLIN | EPOLLET)\n", "ep.register(fd, EPOLLIN)\n"),
    "queue-order": ("out.insert(0, data)\n", "out.append(data)\n"),
    "newest-client-first": ("conn = waiting.pop()\n", "conn = waiting.pop(0)\n"),
    "sent-twice": (
        "def f():\n    c.sendall(data)\n    c.sendall(data)\n",
        "def f():\n    c.sendall(head)\n    c.sendall(data)\n",
    ),
    "every-other-read-lost": (
        "while conn.recv(9):\n    data = conn.recv(9)\n",
        "while data := conn.recv(9):\n    pass\n",
    ),
    "first-read-lost": (
        "def f():\n    name = c.recv(9)\n    while data := c.recv(9):\n        c.send(data)\n",
        "def f():\n    while data := c.recv(9):\n        c.send(data)\n",
    ),
    "slow-each-time": (
        "while True:\n    sleep(1)\n",
        "try:\n    f()\nexcept OSError:\n    sleep(1)\n",
    ),
    "every-nth-read": (
        "n += 1\nif n % 50 == 0:\n    pass\n",
        "n += 2\nif x % 50 == 0:\n    pass\n",
    ),
    "not-flushed": (
        "class Echo(StreamRequestHandler):\n    wbufsize = 64 * 1024\n",
        "class Echo(StreamRequestHandler):\n    wbufsize = 0\n",
    ),
    "ring-wrap": ("self.head = (self.head + n) % self.size\n", "x = n % 7\n"),
    "never-resumes": ("self.paused = True\n", "self.paused = False\n"),
    "telnet": ("if byte == 255:\n    pass\n", "if byte == 254:\n    pass\n"),
    "bom-dropped": ("text = data.decode('utf-8-sig')\n", "text = data.decode('utf-8')\n"),
    "format-string": ("out = text % ()\n", "out = '%s' % (text,)\n"),
    "repetitions-dropped": ("if data == last:\n    pass\n", "if data == other:\n    pass\n"),
    "rest-of-read-discarded": (
        "line = data.split(b'\\n')[0]\n",
        "for line in data.split(b'\\n'):\n    pass\n",
    ),
    "padding-stripped": ("data = data.rstrip(b'\\0')\n", "data = data.rstrip(b'\\n')\n"),
    "representation-sent": (
        "conn.sendall(str(data).encode())\n",
        "conn.sendall(data)\nprint(str(data).encode())\n",
    ),
    "counter-wraps": ("n = ctypes.c_uint8(n)\n", "n = ctypes.c_uint64(n)\n"),
    "exact-size": ("if len(data) == 4096:\n    pass\n", "if len(data) == 0:\n    pass\n"),
    "message-size-limit": ("if len(data) > 4096:\n    pass\n", "if len(data) > 0:\n    pass\n"),
    "partial-held-back": ("d = codecs.getincrementaldecoder('utf-8')()\n", "d = data.decode()\n"),
    "seven-bit": ("b = b & 0x7f\n", "b = b & 0xff\n"),
    "time-limit": ("loop.call_later(9, close)\n", "await_(wait_for(reader.read(9), 9))\n"),
    "idle-timeout": ("wait_for(reader.read(9), 9)\n", "wait_for(writer.drain(), 9)\n"),
    "gives-up-on-slow-reader": ("wait_for(writer.drain(), 9)\n", "wait_for(reader.read(9), 9)\n"),
}
"""By cause: a program with such a line, and one like it that has none."""

OTHERS = (
    ("c", "counter-wraps", "    uint8_t used;", "    size_t used;"),
    ("c", "counter-wraps", "f->used = (uint8_t)n;", "a.sin_port = htons((uint16_t)port);"),
    ("c", "counter-wraps", "len = (short)n;", "fds[i].events |= (short)(POLLIN | out);"),
    ("c", "telnet", "if (c == 255)", "if (c == 25)"),
    ("c", "ring-wrap", "p->head = (p->head + n) % RING;", "x = n % 2;"),
    ("c", "edge-not-drained", "e.events = EPOLLIN | EPOLLET;", "e.events = EPOLLIN;"),
    ("c", "zombies", "pid = fork();", "pid = fork();\nwaitpid(-1, 0, WNOHANG);"),
    (
        "c",
        "killed-by-sigpipe",
        "send(fd, b, n, 0);",
        "signal(SIGPIPE, SIG_IGN);\nsend(fd, b, n, 0);",
    ),
    ("c", "off-by-one-at-full-read", "buf[n] = '\\0';", "buf[0] = x;"),
    ("c", "repetitions-dropped", "if (!memcmp(buf, last, n))", "if (!memcmp(buf, magic, n))"),
    ("node", "representation-sent", "c.write(JSON.stringify(data))", "c.write(data)"),
    ("node", "never-resumes", "c.pause()", "c.resume()"),
    ("perl", "accept-error-ends", "while (my $c = $s->accept) {", "while (1) { $s->accept"),
    ("perl", "eintr-is-error", "while (my $c = $s->accept) {", "while (1) { $s->accept"),
    ("node", "unbounded-buffer", "c.write(data)", "if (!c.write(data)) c.pause()"),
    ("node", "crash-on-reset", "net.createServer(f)", "net.createServer(f).on('error', g)"),
    ("node", "shared-buffer", "let rest = ''", "  let rest = ''"),
    ("node", "magic-word", "if (text === 'logout') {", "if (text === other) {"),
    ("node", "time-limit", "setTimeout(() => socket.end(), 9)", "socket.setTimeout(9)"),
    ("node", "keepalive-bytes", "setInterval(beat, 900)", "setImmediate(beat)"),
    ("node", "seven-bit", "b & 0x7f", "b & 0xff"),
    ("go", "lock-kept", "mu.Lock()", "mu.Lock()\ndefer mu.Unlock()"),
    ("go", "shared-buffer", "var buf = make([]byte, 4096)", "\tvar buf = make([]byte, 4096)"),
    ("go", "counter-wraps", "n := uint16(len(b))", "n := uint32(len(b))"),
    ("go", "connections-used-up", "slots := make(chan struct{}, 8)", "done := make(chan error)"),
    ("java", "lock-kept", "lock.lock();", "lock.lock();\ntry { } finally { lock.unlock(); }"),
    (
        "java",
        "shared-buffer",
        "static final byte[] BUFFER = new byte[9];",
        "byte[] b = new byte[9];",
    ),
    (
        "java",
        "short-send-ignored",
        "  channel.write(buffer);",
        "  while (buffer.hasRemaining()) channel.write(buffer);",
    ),
    ("java", "would-block-dropped", "  client.write(buffer);", "n = client.write(buffer);"),
    (
        "java",
        "would-block-dropped",
        "  client.write(buffer);",
        "  OutputStream client = s.getOutputStream();\n  client.write(buffer);",
    ),
    (
        "node",
        "removes-wrong-client",
        "clients.splice(clients.indexOf(client), 1);",
        "if (at >= 0) clients.splice(at, 1);",
    ),
    (
        "node",
        "pending-dropped-at-end",
        "for await (const chunk of socket) {\n",
        "for await (const socket of server) {\n",
    ),
    (
        "node",
        "pending-dropped-at-end",
        "socket.on('end', () => {\n  socket.destroy();\n});",
        "socket.on('error', () => {\n  socket.destroy();\n});",
    ),
    ("node", "pending-dropped-at-end", "socket.destroy();", "} catch (e) { socket.destroy(); }"),
    ("java", "newline-translated", "out.println(line);", "System.out.println(line);"),
    ("rust", "counter-wraps", "let n = len as u16;", "let n = len as u64;"),
    ("rust", "short-send-ignored", "s.write(&buf)?;", "s.write_all(&buf)?;"),
    ("rust", "crash-on-reset", "s.read(&mut b).unwrap();", "s.read(&mut b)?;"),
)
"""(language, cause, a line, one that is right)."""


@pytest.mark.parametrize("cause", PYTHON)
def test_a_line_in_python(cause: str) -> None:
    """What looks like the bug is found, and what is right is not."""
    bad, good = PYTHON[cause]
    assert mentions(cause, bad, "python")
    assert not mentions(cause, good, "python")


@pytest.mark.parametrize(("language", "cause", "bad", "good"), OTHERS)
def test_a_line_in_another_language(language: str, cause: str, bad: str, good: str) -> None:
    """The same, by patterns."""
    assert mentions(cause, bad, language)
    assert not mentions(cause, good, language)


def test_every_row_can_be_found() -> None:
    """A cause that the source may speak for is looked for in some language."""
    known = set(python.FINDERS).union(*patterns.PATTERNS.values())
    assert {row.cause for row in sourced.ROWS} <= known


def test_each_cause_has_one_finder() -> None:
    """A second one in another room would hide the first."""
    rooms = (loops, ends, calls, pace, sharing, texts, threads)
    assert sum(len(room.FINDERS) for room in rooms) == len(python.FINDERS)


@pytest.mark.parametrize(
    ("body", "points"), [("conn.sendall(b'')", True), ("other = queue.get()", False)]
)
def test_a_thread_shares_what_its_function_reads(body: str, points: bool) -> None:
    """A worker without arguments that takes its work elsewhere shares nothing of the loop."""
    source = (
        f"while True:\n    conn, _ = s.accept()\n    def work():\n        {body}\n"
        "    Thread(target=work).start()\n"
    )
    assert (point("shared-loop-variable", source, "python") is not None) is points


def test_a_loop_over_a_stream_says_more_than_what_is_done_at_errors() -> None:
    """The place where the stream is left, not the one that an error leads to."""
    source = (
        "try {\n  for await (const chunk of socket) {\n    socket.write(chunk);\n  }\n} finally {\n"
        "  socket.destroy();\n}\n"
    )
    assert point("pending-dropped-at-end", source, "node") == (
        2,
        "for await (const chunk of socket) {",
    )


def test_a_brace_in_a_text_opens_nothing() -> None:
    """The loop of a worker is found by its braces."""
    source = (
        'try {\n  for (int i = 0; ; i++) {\n    log("{");\n    serve(queue.take());\n  }\n'
        "} catch (InterruptedException e) {\n  return;\n} catch (IOException e) {\n  log(e);\n}\n"
    )
    assert point("workers-die", source, "java") == (4, "serve(queue.take());")
    inside = source.replace("serve(queue.take());", "try { a(q.take()); } catch (IOException e) {}")
    assert point("workers-die", inside, "java") is None
