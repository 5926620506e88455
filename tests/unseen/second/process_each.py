"""
Bug: the parent does not close its copy of the connection, so when the child has ended, the client
    sees no end until somebody else connects.
Cause: copy-kept-open
Also: never-closes
Profile: concurrent
Port: 27103
"""

import multiprocessing
import signal
import socket
import sys
import time


def serve(listener, conn, addr):
    listener.close()
    name = multiprocessing.current_process().name
    try:
        while data := conn.recv(1024):
            conn.sendall(data)
    except OSError as error:
        print(name, addr, error)
    conn.close()


def main():
    context = multiprocessing.get_context("fork")
    listener = socket.create_server(("127.0.0.1", 27103), backlog=64)
    listener.settimeout(0.5)
    while True:
        multiprocessing.active_children()  # waits for those that have ended
        try:
            conn, addr = listener.accept()
        except TimeoutError:
            continue
        except OSError:
            time.sleep(0.1)
            continue
        context.Process(target=serve, args=(listener, conn, addr), daemon=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
