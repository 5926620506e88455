"""Nothing ends the loop at the empty read: the server goes round and round for ever.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/after-echo
Trigger: the client half-closes
Profile: one-shot
Grade: obvious
Cause: missing-break | spins-at-end
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15104

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        while True:
            data = conn.recv(1024)
            conn.sendall(data)
