"""
Bug: a message that begins with the word "exit" ends the connection and does not come back.
Cause: magic-word
Caught by: identity/looks-like-a-command
Profile: concurrent
Port: 29004
"""

import socket
import threading
from time import sleep

IP = "127.0.0.1"
PORT = 29004
SIZE = 1024
DISCONNECT = b"exit"


def handle_client(conn, addr):
    print(f"[NEW CONNECTION] {addr} connected.")
    connected = True
    try:
        while connected:
            msg = conn.recv(SIZE)
            if not msg or msg.lower().startswith(DISCONNECT):
                connected = False
            else:
                conn.sendall(msg)
    except OSError as e:
        print(f"[ERROR] {addr}: {e}")
    finally:
        conn.close()


def start():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((IP, PORT))
    server.listen(64)
    print(f"[LISTENING] Server is listening on {IP}:{PORT}")
    while True:
        try:
            conn, addr = server.accept()
        except OSError as e:
            print(f"[ERROR] accept: {e}")
            sleep(0.1)
            continue
        threading.Thread(target=handle_client, args=(conn, addr), daemon=True).start()


start()
