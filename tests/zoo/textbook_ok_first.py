"""Each client is greeted with OK before anything is echoed.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: identity/nothing-extra
Trigger: a client connects
Profile: sequential
Grade: obvious
Cause: banner
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15114

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        with conn:
            try:
                conn.sendall(b"OK\n")
                while True:
                    data = conn.recv(1024)
                    if not data:
                        break
                    conn.sendall(data)
            except ConnectionError:
                print("the client has gone")
