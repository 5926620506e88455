"""When a client has left, its thread tells the main loop, which then waits for all the others
before it accepts anybody new.

Clause: sessions/slow-client-aside
Trigger: one client leaves, another stays, and a third one comes
Profile: concurrent
Grade: realistic
Cause: leaver-blocks-accept
"""

import os
import select
import socket
import threading


def serve(conn, done):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass
    done.send(b".")


def main():
    told, done = socket.socketpair()
    threads = []
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128) as listener:
        while True:
            ready, _, _ = select.select([listener, told], [], [])
            if listener in ready:
                conn, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(conn, done), daemon=True)
                thread.start()
                threads.append(thread)
            elif told in ready:
                told.recv(1024)
                for thread in threads:
                    thread.join()
                threads.clear()


if __name__ == "__main__":
    main()
