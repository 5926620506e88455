"""
Bug: a message that does not end with a newline gets one, "so that the answers stand below one
    another in my client".
Cause: prefix-or-suffix
Profile: sequential
Port: 23117
"""

import socket


def talk(conn):
    """Say everything back until the other side has nothing more to say."""
    while True:
        text = conn.recv(1400)
        if not text:
            return
        if not text.endswith(b"\n"):
            text = text + b"\n"
        conn.sendall(text)


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 23117))
    listener.listen()
    print("waiting for somebody to talk to ...")
    while True:
        conn, who = listener.accept()
        print("hello,", who)
        try:
            talk(conn)
        except ConnectionError:
            print("oh, gone without a word:", who)
        finally:
            conn.close()


main()
