"""
Bug: the thread is made without args=(conn, addr), so handle() fails with a TypeError in each
    thread and nobody is served.
Cause: thread-without-arguments
Beside: descriptor-famine
Caught by: identity/hello
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading


def handle(conn, addr):
    print(f"[NEW CONNECTION] {addr} connected.")
    connected = True
    while connected:
        try:
            msg = conn.recv(1024)
            if not msg:
                connected = False
            conn.sendall(msg)
        except OSError:
            connected = False
    conn.close()


def start():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
    print("[LISTENING]")
    while True:
        conn, addr = server.accept()
        thread = threading.Thread(target=handle)
        thread.start()
        print(f"[ACTIVE CONNECTIONS] {threading.active_count() - 1}")


print("[STARTING] server is starting...")
start()
