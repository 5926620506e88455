"""A read shorter than 1024 bytes is taken for the end of the stream.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/not-early
Trigger: a message of less than 1024 bytes, then another
Profile: one-shot
Grade: obvious
Cause: short-read-is-end
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15102

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
            if len(data) < 1024:
                break
