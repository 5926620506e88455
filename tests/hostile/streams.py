"""What a target may do on its connections."""

from tests.hostile import FAILED, UNDECIDED, target

STREAMS = (
    target(
        "sends-without-end",
        "Sends for ever, as fast as it can.",
        """
        def flood(conn):
            try:
                while True:
                    conn.sendall(b"z" * 65536)
            except OSError:
                pass
        serve(echo=flood)
        """,
        FAILED,
    ),
    target(
        "a-byte-now-and-then",
        "Sends a byte every 0.1 s, for ever.",
        """
        def drip(conn):
            try:
                while True:
                    conn.sendall(b"z")
                    time.sleep(0.1)
            except OSError:
                pass
        serve(echo=drip)
        """,
        FAILED,
        wide=True,
    ),
    target(
        "one-byte-a-second",
        "Echoes, but a byte a second.",
        """
        def slowly(conn):
            try:
                while data := conn.recv(1):
                    time.sleep(1)
                    conn.sendall(data)
            except OSError:
                pass
            conn.close()
        serve(echo=slowly)
        """,
        0,
        FAILED,
        UNDECIDED,
        wide=True,
    ),
    target(
        "closes-at-once",
        "Closes every connection at once.",
        "serve(echo=lambda conn: conn.close())\n",
        FAILED,
    ),
    target(
        "resets-at-once",
        "Resets every connection at once.",
        """
        def reset(conn):
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            conn.close()
        serve(echo=reset)
        """,
        FAILED,
    ),
    target(
        "says-nothing",
        "Accepts, and does nothing with anybody.",
        """
        kept = []
        serve(echo=kept.append)
        """,
        FAILED,
    ),
    target(
        "never-closes",
        "Echoes, and keeps every connection after its end.",
        """
        kept = []
        def keep(conn):
            kept.append(conn)
            while data := conn.recv(1024):
                conn.sendall(data)
        serve(echo=keep)
        """,
        FAILED,
    ),
    target(
        "dies-while-it-sends",
        "Ends in the middle of a reply.",
        """
        def half(conn):
            data = conn.recv(1024)
            conn.sendall(data[: len(data) // 2])
            os._exit(9)
        serve(echo=half)
        """,
        FAILED,
        says="status 9",
    ),
    target(
        "dies-when-it-closes",
        "Ends by a signal when a client has gone.",
        """
        def last(conn):
            echo(conn)
            os.kill(os.getpid(), signal.SIGUSR1)
        serve(echo=last)
        """,
        FAILED,
        says="SIGUSR1",
    ),
    target(
        "replies-of-commands",
        "Sends terminal and workflow commands instead of an echo.",
        """
        def command(conn):
            conn.recv(1024)
            conn.sendall(b"\\n::error::mine\\n\\x1b[2J##[error]\\n" * 5)
            conn.close()
        serve(echo=command)
        """,
        FAILED,
        env={"GITHUB_ACTIONS": "true"},
    ),
    target(
        "urgent-bytes",
        "Sends urgent bytes of its own between the echoed ones.",
        """
        def urgent(conn):
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
                    conn.send(b"!", socket.MSG_OOB)
            except OSError:
                pass
            conn.close()
        serve(echo=urgent)
        """,
        0,
        FAILED,
    ),
)
