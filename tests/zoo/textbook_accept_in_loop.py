"""accept() stands in the loop: each message needs a connection of its own.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: chunking/prompt
Trigger: a second message on a connection
Profile: sequential
Grade: obvious
Cause: accept-inside-loop
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15115

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        try:
            data = conn.recv(1024)
            conn.sendall(data)
        except ConnectionError:
            print("the client has gone")
