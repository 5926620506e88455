# {{header}}
# This file is a whole program, and the template of others: ``script.py`` replaces what stands
# between the marks.  It needs Python 3.8 and nothing else.
# mypy: ignore-errors
# {{code}}
import argparse
import contextlib
import hashlib
import os
import select
import signal
import socket
import sys
import time

PATIENCE = 3.0
"""Seconds; a datagram without an answer is asked again meanwhile."""
AGAIN = (0.25, 0.75, 1.75)
"""Seconds after which it is."""


class Client:
    """One client: a socket, what it has asked, and what has come."""

    def __init__(self, number, address):
        self.number = number
        self.address = address
        self.asked = []
        self.times = []
        self.answers = []
        self.wrong = []
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.left = False

    def ask(self, data):
        """Send one datagram."""
        self.asked.append(data)
        self.times.append(1)
        self.answers.append(0)
        self._send(data)

    def await_answers(self, briefly=False):
        """Wait until each has its answer; ask again what stays without one."""
        began, again = time.monotonic(), [] if briefly else list(AGAIN)
        while self.missing() and time.monotonic() < began + (0.25 if briefly else PATIENCE):
            if again and time.monotonic() > began + again[0]:
                again.pop(0)
                for i in self.missing()[:8]:
                    self.times[i] += 1
                    self._send(self.asked[i])
            self.receive(0.05)
            if self.wrong:
                self.receive(0.25)
                return

    def missing(self):
        return [i for i, count in enumerate(self.answers) if not count]

    def leave(self):
        """Be gone before the answer comes."""
        self.left = True
        self.socket.close()

    def wait(self, seconds):
        time.sleep(seconds)

    def _send(self, data):
        with contextlib.suppress(ConnectionRefusedError):
            self.socket.sendto(data, self.address)

    def receive(self, seconds):
        """Take what comes within so many seconds."""
        while not self.left and select.select([self.socket], [], [], seconds)[0]:
            try:
                data = self.socket.recvfrom(65536)[0]
            except ConnectionRefusedError:
                continue
            equal = [i for i, asked in enumerate(self.asked) if asked == data]
            if equal:
                open_ones = [i for i in equal if not self.answers[i]]
                self.answers[(open_ones or equal)[0]] += 1
            else:
                self.wrong.append(data)
            seconds = 0

    def problems(self):
        """What is wrong, in words."""
        name = f"client {self.number}"
        for data in self.wrong:
            yield f"{name} got {len(data):,} bytes that it had not asked: {data[:40]!r}"
        for i, asked in enumerate(self.asked):
            what = f"{name}, datagram {i + 1} ({len(asked):,} bytes)"
            if self.answers[i] > self.times[i]:
                yield f"{what} came back {self.answers[i]:,} times"
            if not self.answers[i] and self.times[i] > 2 and not self.wrong:
                yield f"{what}: no answer, although it was asked {self.times[i]:,} times"


class Target:
    """What acts on the server's process."""

    def __init__(self, pid):
        self.pid = pid

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(0.05)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)


def random_bytes(seed, size):
    """Bytes that look random, and are the same everywhere."""
    return hashlib.shake_128(seed.to_bytes(8, "big")).digest(size)


def plain_bytes(seed, size):
    """The same with digits and capital letters only."""
    letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
    return random_bytes(seed, size).translate(bytes(letters[b % 32] for b in range(256)))


def repeated(unit, size):
    return (unit * (size // len(unit) + 1))[:size]


# {{plan}}
NEEDS_PID = False
CLIENTS = 1


def perform(c, target):
    c[0].ask(b"hello")
    c[0].await_answers()


# {{end}}
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--pid", type=int, help="process id of the server")
    given = parser.parse_args()
    if NEEDS_PID and given.pid is None:
        parser.error("the server is paused on the way: give its process id with --pid")
    clients = [Client(i + 1, (given.host, given.port)) for i in range(CLIENTS)]
    try:
        perform(clients, Target(given.pid))
    except OSError as error:
        print(f"it cannot be performed: {error}")
        return 2
    for client in clients:
        client.receive(0.1)
    found = [problem for client in clients for problem in client.problems()]
    print("\n".join(found) if found else "everything came back as it should")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
