"""A SIGCONT handler raises in order to redo the set-up after a job was brought to the foreground;
the exception strikes in the middle of a client's recv(), whose connection is closed.

Clause: resilience/pause-resume
Trigger: SIGSTOP and SIGCONT while a client is connected
Profile: sequential
Grade: realistic
Cause: signal-breaks
"""

import os
import signal
import socket
import time


class ResumedError(Exception):
    """The job was stopped and goes on."""


def on_continue(signum, frame):
    raise ResumedError


def echo(conn):
    while data := conn.recv(2048):
        conn.sendall(data)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    signal.signal(signal.SIGCONT, on_continue)
    while True:
        try:
            conn, _ = listener.accept()
            with conn:
                echo(conn)
        except ResumedError:
            listener.listen(128)
        except ConnectionError:
            pass
        except OSError:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
