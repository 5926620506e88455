"""What inetd and systemd do for a server: make the listener, and hand it or its connections over.

Started in the place of a target, as ``python -I -S superserver.py STYLE TRANSPORT PLACE STDERR
PROGRAM ARGUMENT...``, where PLACE is HOST:PORT or the path of a Unix socket, and STDERR is ``kept``
where the standard error of a process for one connection is not the connection as well.

``inetd``: a process for each connection, which is its standard input and output.  ``inetd-wait``: a
process that has the listener as its standard input, from when somebody waits there until it ends;
then the next.  ``socket-activation``: this process becomes the server, with the listener as
descriptor 3, as sd_listen_fds(3) wants it.

One program of its own, it imports nothing but the standard library.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False  # importing typing for it takes longer than all that comes before serving
if TYPE_CHECKING:
    from collections.abc import Mapping

BACKLOG = 128
FIRST = 3  # SD_LISTEN_FDS_START of <systemd/sd-daemon.h>
LEAST_NAP, MOST_NAP = 0.001, 0.05  # seconds; without them a shortage would keep us busy
BY_SIGNAL = 128  # what shells add to the number of the signal that ended a process
AS_A_PROCESS_FINDS_IT = [signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ]  # Python ignores some
OUT_OF_SOMETHING = 71  # EX_OSERR of <sysexits.h>

KINDS = {
    "tcp": socket.SOCK_STREAM,
    "unix": socket.SOCK_STREAM,
    "udp": socket.SOCK_DGRAM,
}


def listener_at(transport: str, place: str) -> socket.socket:
    """Raises OSError."""
    kind = KINDS[transport]
    address: str | bytes | tuple[str, int]
    if transport == "unix":
        sock = socket.socket(socket.AF_UNIX, kind)
        address = b"\0" + os.fsencode(place[1:]) if place.startswith("@") else place
    else:
        host, _, port = place.rpartition(":")
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address = (host, int(port))
    if transport == "unix" and os.path.exists(place):
        os.unlink(place)
    sock.bind(address)
    if kind == socket.SOCK_STREAM:
        sock.listen(BACKLOG)
    return sock


def spawn(command: list[str], sock: socket.socket, numbers: tuple[int, ...]) -> int:
    """A process of ``command`` that has ``sock`` as its descriptors ``numbers``.  Raises OSError.

    By fork(2): with posix_spawn(3) this process could not be stopped while its child is, and both
    are stopped at any moment.
    """
    if pid := os.fork():
        return pid
    try:
        for number in numbers:
            os.dup2(sock.fileno(), number)
        become(command, os.environ)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(OUT_OF_SOMETHING)


def become(command: list[str], environment: Mapping[str, str]) -> None:
    """Raises OSError."""
    for number in AS_A_PROCESS_FINDS_IT:
        signal.signal(number, signal.SIG_DFL)
    os.execve(command[0], command, environment)


def a_process_each(listener: socket.socket, command: list[str], *, keeps_stderr: bool) -> None:
    numbers = (0, 1) if keeps_stderr else (0, 1, 2)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they end
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            time.sleep(MOST_NAP)
            continue
        with connection:
            try:
                spawn(command, connection, numbers)
            except OSError:
                time.sleep(MOST_NAP)


def one_for_all(listener: socket.socket, command: list[str]) -> int:
    """Returns the exit status of the first one, if it fails before clients may come.

    It is started at once, so that none of them waits until it is ready to serve.  SIGUSR1 says that
    they may come from then on.
    """
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    open_to_clients: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, frame: open_to_clients.append(number))
    nap = 0.0
    while True:
        pid = spawn(command, listener, (0,))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status and not open_to_clients:
            return status if status > 0 else BY_SIGNAL - status
        # Who waits now may be the second of several, or somebody whom nobody served: no hurry then.
        nap = min(MOST_NAP, 2 * nap or LEAST_NAP) if waiting.poll(0) else 0.0
        time.sleep(nap)
        waiting.poll()


def hand_over(listener: socket.socket, command: list[str]) -> None:
    if listener.fileno() == FIRST:
        listener.set_inheritable(True)
    else:
        os.dup2(listener.fileno(), FIRST)
    told = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": "echo"}
    become(command, {**os.environ, **told})


def main() -> int:
    style, transport, place, stderr, *command = sys.argv[1:]
    try:
        listener = listener_at(transport, place)
        if style == "inetd":
            a_process_each(listener, command, keeps_stderr=stderr == "kept")
        elif style == "inetd-wait":
            return one_for_all(listener, command)
        else:
            hand_over(listener, command)
    except OSError as error:
        print(f"the listener at {place} for {command[0]}: {error}", file=sys.stderr)
        return OUT_OF_SOMETHING
    return 0


if __name__ == "__main__":
    sys.exit(main())
