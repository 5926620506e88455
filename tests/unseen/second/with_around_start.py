"""
Bug: `with conn` surrounds only the start of the thread, so the connection is closed while the
    thread still wants to serve it.
Cause: closed-under-thread
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def handle_client(conn, addr):
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
    except OSError as error:
        print(f"[{addr[1]}] {error}")


def main():
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64) as server:
        while True:
            try:
                conn, addr = server.accept()
            except OSError:
                time.sleep(0.1)
                continue
            with conn:
                print(f"[{addr[1]}] connected, {threading.active_count()} threads")
                threading.Thread(target=handle_client, args=(conn, addr), daemon=True).start()


main()
