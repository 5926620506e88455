"""A timeout that was set for testing is still there, and nobody catches it.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/idle-kept
Trigger: a client that thinks for a second
Profile: one-shot
Grade: realistic
Cause: idle-timeout
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15122

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        conn.settimeout(0.5)
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
