"""It writes into every descriptor that it inherits, makes them non-blocking, shuts and closes them.

Then it does the same to those of its parent that it can open.
"""

import contextlib
import fcntl
import os
import socket

from base import serve

GARBAGE = b"\xff\x00{garbage}\n" * 100


def ruin(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, GARBAGE)
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_NONBLOCK)
    with contextlib.suppress(OSError):
        socket.socket(fileno=os.dup(descriptor)).shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        os.read(descriptor, 65536)
    with contextlib.suppress(OSError):
        os.close(descriptor)


def ruin_those_of_the_parent() -> None:
    folder = f"/proc/{os.getppid()}/fd"
    for name in os.listdir(folder):
        for mode in (os.O_RDONLY, os.O_WRONLY):
            with contextlib.suppress(OSError):
                ruin(os.open(f"{folder}/{name}", mode | os.O_NONBLOCK))


for number in range(256):
    ruin(number)
serve(ruin_those_of_the_parent)
