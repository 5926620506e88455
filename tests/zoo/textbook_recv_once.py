"""There is no loop: one recv(1024), one answer, the end.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: chunking/one-write-many-reads
Trigger: more than 1024 bytes
Profile: one-shot
Grade: obvious
Cause: single-read
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15113

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        data = conn.recv(1024)
        conn.sendall(data)
