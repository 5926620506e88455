"""
Bug: several clients are to be served at once, but the main thread serves each until it leaves.
Cause: one-at-a-time
Caught by: sessions/simultaneous
Profile: concurrent
Port: 9000
"""

import socket
import time


def handle_client(conn, addr):
    print(f"[NEW CONNECTION] {addr} connected.")
    while True:
        data = conn.recv(2048)
        if not data:
            break
        conn.sendall(data)


server = socket.create_server(("127.0.0.1", 9000))
print("[LISTENING]")
while True:
    try:
        conn, addr = server.accept()
        with conn:
            handle_client(conn, addr)
    except OSError as e:
        print("[ERROR]", e)
        time.sleep(0.1)
