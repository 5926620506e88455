"""A client that resets ends the server: nobody catches ConnectionResetError.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: resilience/reset-idle
Trigger: a client that resets its connection
Profile: sequential
Grade: realistic
Cause: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15123

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        with conn:
            print(f"Connected by {addr}")
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                conn.sendall(data)
