"""The message is stripped before it is sent back.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: identity/edge-whitespace
Trigger: spaces or a line end at the edge of a message
Profile: one-shot
Grade: obvious
Cause: strips-whitespace
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
Beside: line-ends-dropped
"""

import socket

HOST = "127.0.0.1"
PORT = 15112

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
            conn.sendall(data.strip())
