"""
Bug: a time-out of one second is set on each connection and an idle client is taken for gone: who
    thinks for a second between two messages is hung up on.
Cause: idle-timeout
Caught by: shutdown/idle-kept
Profile: concurrent
Port: 21027
"""

import multiprocessing
import signal
import socket
import time


def child(conn):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with conn:
        conn.settimeout(1.0)
        try:
            while data := conn.recv(4096):
                conn.settimeout(None)
                conn.sendall(data)
                conn.settimeout(1.0)
        except TimeoutError:
            print("client idle, closing", flush=True)
        except OSError:
            pass


def main():
    multiprocessing.set_start_method("fork")
    listener = socket.create_server(("127.0.0.1", 21027), backlog=64)
    listener.settimeout(0.2)
    while True:
        multiprocessing.active_children()  # waits for those that have ended
        try:
            conn, _ = listener.accept()
        except TimeoutError:
            continue
        except OSError:
            time.sleep(0.1)
            continue
        conn.setblocking(True)
        with conn:
            try:
                multiprocessing.Process(target=child, args=(conn,), daemon=True).start()
            except OSError as error:
                print("no process for a client:", error)


if __name__ == "__main__":
    main()
