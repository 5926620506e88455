"""It reads lines, as from a file: what has no line end waits.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: chunking/prompt
Trigger: a message without a line end
Profile: one-shot
Grade: realistic
Cause: waits-for-newline
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
Beside: unbounded-buffer
"""

import socket

HOST = "127.0.0.1"
PORT = 15121

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        with conn.makefile("rb") as lines:
            for line in lines:
                conn.sendall(line)
