"""A read shorter than 1024 bytes is taken for the end, and the next client is served.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/not-early
Trigger: a message of less than 1024 bytes, then another
Profile: sequential
Grade: realistic
Cause: short-read-is-end
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15103

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        with conn:
            try:
                while True:
                    data = conn.recv(1024)
                    if not data:
                        break
                    conn.sendall(data)
                    if len(data) < 1024:
                        break
            except ConnectionError:
                print("the client has gone")
