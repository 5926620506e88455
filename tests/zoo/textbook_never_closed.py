"""conn.close() stands in the loop, after break: a client that ends is not closed.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/at-once
Trigger: the client half-closes
Profile: sequential
Grade: realistic
Cause: never-closes
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15124

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        try:
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                    conn.close()
                conn.sendall(data)
        except ConnectionError:
            print("the client has gone")
