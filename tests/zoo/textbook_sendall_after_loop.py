"""sendall() is not indented, so it stands after the loop and sends the empty read.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: identity/hello
Trigger: any data
Profile: one-shot
Grade: obvious
Cause: send-outside-loop | reads-never
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15105

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
