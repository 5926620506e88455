"""
Bug: the one client is served by a daemon thread and the main program does not wait for it: it
    ends and takes the thread with it, before the echo is done.
Cause: daemon-thread-exit
Caught by: identity/hello
Profile: one-shot
Port: $PORT
"""

import os
import socket
import threading


def serve(conn):
    with conn:
        while data := conn.recv(4096):
            conn.sendall(data)


def main():
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
        conn, peer = listener.accept()
    print("serving", peer)
    threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
