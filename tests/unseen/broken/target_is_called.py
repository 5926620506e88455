"""
Bug: Thread(target=on_client(conn)) calls the function at once and gives the thread nothing to do;
    the main loop itself serves the client, so the others wait.
Cause: thread-called-not-started
Also: one-at-a-time
Caught by: sessions/simultaneous
Profile: concurrent
Port: 21022
"""

import socket
import threading
import time


def on_client(conn: socket.socket) -> None:
    try:
        while chunk := conn.recv(2048):
            conn.sendall(chunk)
    except ConnectionError as error:
        print("client dropped:", error)
    finally:
        conn.close()


def main() -> None:
    srv = socket.create_server(("127.0.0.1", 21022), backlog=32)
    while True:
        try:
            conn, _ = srv.accept()
        except OSError:
            time.sleep(0.1)
            continue
        worker = threading.Thread(target=on_client(conn), daemon=True)
        worker.start()


main()
