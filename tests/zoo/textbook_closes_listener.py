"""The listening socket is closed with the first client: the next accept() fails.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: launch/stays-up
Trigger: a second client
Profile: sequential
Grade: obvious
Cause: listener-closed
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15117

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind((HOST, PORT))
s.listen()
while True:
    conn, addr = s.accept()
    print(f"Connected by {addr}")
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
    except ConnectionError:
        print("the client has gone")
    conn.close()
    s.close()
