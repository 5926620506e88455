"""The blocking server of every tutorial: sendall after each read, an empty read ends it.

Style: one-shot, blocking, hard-coded port 65432, no SO_REUSEADDR
Profile: one-shot
"""

import socket

HOST = "127.0.0.1"
PORT = 65432

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
