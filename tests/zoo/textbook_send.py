"""send() instead of sendall(): the count of bytes that it took is not looked at.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: partial-send/interrupted-send
Trigger: a reader that stalls
Profile: sequential
Grade: nasty
Cause: short-send-ignored
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15110

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        with conn:
            try:
                while True:
                    data = conn.recv(1024)
                    if not data:
                        break
                    conn.send(data)
            except ConnectionError:
                print("the client has gone")
