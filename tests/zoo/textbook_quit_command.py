"""A message that says quit ends the connection.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: identity/looks-like-a-command
Trigger: quit
Profile: one-shot
Grade: realistic
Cause: magic-word
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15120

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        while True:
            data = conn.recv(1024)
            if not data or data.strip() == b"quit":
                break
            conn.sendall(data)
