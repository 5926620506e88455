#!/usr/bin/env python3
# {{header}}
# The template of the programs that script.py writes.  It is a whole program in one file, which is
# why it is long: its users have nothing else of this project.  Each part between two marks in
# double braces is replaced: this one by a docstring, the next by the plan of a case.
# mypy: ignore-errors
# {{code}}
import argparse
import contextlib
import errno
import hashlib
import os
import select
import signal
import socket
import struct
import sys
import time


def random_bytes(seed, size):
    """The first `size` bytes of SHAKE-128 over the seed."""
    return hashlib.shake_128(seed.to_bytes(8, "big")).digest(size)


def plain_bytes(seed, size):
    """The same as digits and capital letters."""
    letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
    return random_bytes(seed, size).translate(bytes(letters[i % 32] for i in range(256)))


def repeated(unit, size):
    return (unit * (size // len(unit) + 1))[:size]


# --- what the clients do, step by step ---
# {{plan}}


def client_1(c):
    yield c.connect()
    yield c.send(b"hello")
    yield c.half_close()
    yield c.await_end()


CLIENTS = [(client_1, [])]
MEETINGS = {}
NEEDS_PID = False
ONE_SHOT = False
# {{end}}
# --- how they do it: one loop, non-blocking sockets, reading whatever arrives ---

BRIEFLY = 0.25


class Client:
    """One connection. Each method begins a step and returns a function: is it done?"""

    def __init__(self, world, number, script, after):
        self.world = world
        self.number = number
        self.after = after
        self.steps = script(self)
        self.waits_for = None
        self.step = ""
        self.finished = False
        self.stuck = ""
        self.sock = None
        self.connected = False
        self.over = ""  # how the connection ended: FIN, RST, refused, or "ours"
        self.half_closed = False
        self.half_close_follows = False
        self.ended_half_closed = False
        self.expected = b""
        self.written = 0
        self.got = bytearray()
        self.wrong = None
        self.pieces = []
        self.not_before = 0.0
        self.reading = True
        self.read_until = 0
        self.pace = None
        self.read_not_before = 0.0
        self.moved = time.monotonic()

    # steps

    def connect(self, receive_buffer=None, segment=None):
        self.step = "connect"
        self.sock = socket.socket(self.world.family, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        if self.world.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if segment:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        code = self.sock.connect_ex(self.world.address)
        if code not in (0, errno.EINPROGRESS):
            self.end("refused")
        return lambda: self.connected or self.over

    def send(self, data, cuts=(), gap=0.0, lockstep=0.0, background=False):
        self.step = "send"
        if not self.over and self.wrong is None:
            self.expected += data
            at, turn = 0, 0
            until = time.monotonic() + lockstep if lockstep else 0.0
            while at < len(data):
                size = cuts[turn % len(cuts)] if cuts else len(data)
                self.pieces.append((data[at : at + size], gap, until))
                at, turn = at + size, turn + 1
            self.write()
        return lambda: background or not self.pieces or self.over

    def half_close(self, background=False):
        self.step = "half-close"
        self.half_close_follows = True
        self.write()
        return lambda: background or self.half_closed or self.over

    def await_echo(self, briefly=False):
        self.step = "await the echo"
        return lambda: (
            self.over
            or self.wrong is not None
            or (not self.pieces and len(self.got) >= self.written)
            or (briefly and self.quiet(BRIEFLY))
        )

    def await_end(self):
        self.step = "await the end"
        return lambda: self.over or self.wrong is not None

    def close(self):
        if not self.over:
            self.end("ours")
        return lambda: True

    def reset(self):
        if self.sock is not None:
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return self.close()

    def stop_reading(self):
        self.reading = False
        return lambda: True

    def start_reading(self, chunk=None, gap=0.0, limit=None):
        self.reading = True
        self.pace = (chunk, gap, len(self.got) + limit if limit else None)
        return lambda: True

    def read_some(self, size):
        self.step = "read"
        self.read_until = len(self.got) + size
        return lambda: self.over or len(self.got) >= self.read_until

    def await_stall(self):
        self.step = "await that the server stalls"
        return lambda: (
            self.over or (not self.pieces and len(self.got) >= self.written) or self.quiet(0.3)
        )

    def wait(self, seconds):
        until = time.monotonic() + seconds
        self.world.hold_until(until)
        return lambda: time.monotonic() >= until

    def meet(self, place):
        self.step = "meet the others"
        return self.world.arrive(self, place)

    def pause_target(self):
        self.world.signal(signal.SIGSTOP)
        return lambda: True

    def resume_target(self):
        self.world.signal(signal.SIGCONT)
        return lambda: True

    def interrupt_target(self, times=1):
        for _ in range(times):
            self.world.signal(signal.SIGSTOP)
            self.world.signal(signal.SIGCONT)
        return lambda: True

    # the socket

    def quiet(self, seconds):
        return time.monotonic() - self.moved >= seconds

    def progress(self):
        self.moved = self.world.moved = time.monotonic()

    def pump(self):
        """Do what can be done without waiting."""
        if self.sock is None or self.over:
            return
        if not self.connected:
            code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            try:
                self.sock.getpeername()
            except OSError:
                if code:
                    self.end("refused")
                return
            self.connected = True
            self.progress()
        self.write()
        self.read()

    def write(self):
        while self.sock is not None and self.connected and not self.over:
            now = time.monotonic()
            if not self.pieces:
                if self.half_close_follows and not self.half_closed:
                    self.half_closed = True
                    with contextlib.suppress(OSError):
                        self.sock.shutdown(socket.SHUT_WR)
                return
            data, gap, until = self.pieces[0]
            if now < self.not_before or (now < until and len(self.got) < self.written):
                return
            try:
                count = self.sock.send(data)
            except BlockingIOError:
                return
            except OSError:
                self.pieces = []
                self.reading = True
                return
            self.written += count
            self.progress()
            if count == len(data):
                self.pieces.pop(0)
                self.not_before = now + gap if gap else 0.0
                self.world.hold_until(self.not_before)
            else:
                self.pieces[0] = (data[count:], gap, until)

    def may_read(self):
        wanted = self.reading or len(self.got) < self.read_until
        return self.connected and wanted and time.monotonic() >= self.read_not_before

    def read(self):
        for _ in range(4):
            if self.over or not self.may_read():
                return
            chunk, gap, limit = self.pace or (None, 0.0, None)
            if limit is not None and len(self.got) >= limit:
                chunk = gap = None
            size = chunk or 262144
            if not self.reading:
                size = min(size, self.read_until - len(self.got))
            try:
                data = self.sock.recv(size)
            except BlockingIOError:
                return
            except OSError:
                self.end("RST")
                return
            self.progress()
            if not data:
                self.end("FIN")
                return
            start = len(self.got)
            self.got += data
            if self.wrong is None and data != self.expected[start : start + len(data)]:
                same = 0
                while self.expected[start + same : start + same + 1] == data[same : same + 1]:
                    same += 1
                self.wrong = start + same
            if gap:
                self.read_not_before = time.monotonic() + gap
                self.world.hold_until(self.read_not_before)

    def end(self, how):
        self.over = how
        self.ended_half_closed = self.half_closed
        self.progress()
        if self.sock is not None:
            self.sock.close()

    def advance(self):
        """Perform steps as far as they go without waiting."""
        while not self.finished:
            if self.waits_for is not None and not self.waits_for():
                return
            try:
                self.waits_for = next(self.steps)
            except StopIteration:
                self.finished = True
                if not self.over:
                    self.reset()  # what the script leaves open is dropped

    def verdict(self):
        """What was not allowed, in words; None if all was well."""
        name = f"client {self.number}"
        if self.wrong is not None:
            at = self.wrong
            start = max(0, at - 8)
            return compared(
                f"{name}: the reply differs at offset {at:,}",
                self.expected[start : min(start + 24, self.written)],
                self.got[start : start + 24],
                start,
            )
        got, sent = len(self.got), self.written
        if self.over in ("FIN", "RST"):
            if not self.ended_half_closed:
                return f"{name}: the server ended it ({self.over}) after {got:,} of {sent:,} bytes"
            if got < sent:
                start = max(0, got - 8)
                return compared(
                    f"{name}: only {got:,} of {sent:,} bytes came back, then {self.over}",
                    self.expected[start : start + 24],
                    self.got[start:],
                    start,
                )
            if self.over == "RST":
                return f"{name}: all came back, but the server ended with RST, not FIN"
        if self.over == "refused":
            return f"{name}: the connection was refused"
        if self.stuck:
            start = max(0, got - 8)
            return compared(
                f"{name}: stuck ({self.stuck}): {got:,} of {sent:,} bytes came back",
                self.expected[start : start + 24],
                self.got[start:],
                start,
            )
        return None


def compared(what, expected, got, start):
    """`what`, with what was expected and what came from the offset `start` on."""
    return "\n".join(
        [
            f"{what}; from offset {start:,} on:",
            f"  expected {expected.hex()} {bytes(expected)!r}",
            f"  got      {got.hex()} {bytes(got)!r}",
        ]
    )


class World:
    """The target, and the clients' meetings."""

    def __init__(self, options):
        self.family, self.address = place(options)
        self.pid = options.pid
        self.patience = options.patience
        self.moved = time.monotonic()
        self.held_until = 0.0
        self.arrivals = {}
        self.members = {}
        self.clients = []

    def run(self, scripts):
        self.clients = [Client(self, i + 1, s, after) for i, (s, after) in enumerate(scripts)]
        while not all(c.finished for c in self.clients):
            for c in self.clients:
                c.pump()
                if all(self.clients[i].finished for i in c.after):
                    c.advance()
            alive = [c for c in self.clients if c.sock and not c.over and not c.finished]
            readers = [c.sock for c in alive if c.may_read()]
            writers = [c.sock for c in alive if not c.connected or c.pieces]
            select.select(readers, writers, [], 0.001)
            now = time.monotonic()
            if now - self.moved > self.patience and now > self.held_until:
                for c in self.clients:
                    if not c.finished and all(self.clients[i].finished for i in c.after):
                        c.stuck, c.finished = c.step, True
                self.moved = now
        return [text for text in (c.verdict() for c in self.clients) if text]

    def hold_until(self, at):
        self.held_until = max(self.held_until, at)

    def arrive(self, client, place):
        arrivals = self.arrivals.setdefault(place, {})
        visit = arrivals[client.number] = arrivals.get(client.number, 0) + 1
        return lambda: all(
            self.clients[n - 1].finished or arrivals.get(n, 0) >= visit
            for n in MEETINGS.get(place, ())
        )

    def signal(self, number):
        tree = family(self.pid)
        for pid in tree:
            os.kill(pid, number)
        deadline = time.monotonic() + 2
        while number == signal.SIGSTOP and time.monotonic() < deadline:
            if all(state(pid) in "TZ" for pid in tree):
                return
            time.sleep(0.0005)  # nothing tells when the processes of others have stopped


def place(options):
    """The family of the server's socket, and its address."""
    host, port = options.host, options.port
    if port is None:
        return socket.AF_UNIX, "\0" + host[1:] if host.startswith("@") else host
    return socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port)


def family(pid):
    """The process and its children, where /proc tells them."""
    found = [pid]
    for member in found:
        try:
            with open(f"/proc/{member}/task/{member}/children") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2][0]
    except OSError:
        return "Z" if not os.path.isdir("/proc/self") else "T"


def still_serves(world):
    """Whether the server serves one more client."""

    def hello(c):
        yield c.connect()
        yield c.send(b"hello")
        yield c.await_echo()

    return World.run(world, [(hello, [])])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("host", help="or the path of a Unix socket, or @NAME; then without a port")
    parser.add_argument("port", type=int, nargs="?")
    parser.add_argument("--pid", type=int, help="the server's process, which is paused")
    parser.add_argument("--patience", type=float, default=3.0, help="seconds without progress")
    options = parser.parse_args()
    if NEEDS_PID and options.pid is None:
        parser.error("this bug shows when the server is paused: give its process id with --pid")
    world = World(options)
    found = world.run(CLIENTS)
    if not any(c.connected for c in world.clients):
        print(f"no server at {options.host} {options.port or ''}".rstrip())
        return 2
    if not found and not ONE_SHOT:
        found = [f"afterwards the server is gone: {text}" for text in still_serves(world)]
    for text in found:
        print(text)
    if not found:
        print("passed: everything came back")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
