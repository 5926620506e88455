"""It prints what it receives, and forgets to send it back.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: chunking/prompt
Trigger: any data
Profile: sequential
Grade: obvious
Cause: printed-not-sent | reads-never
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15119

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
                    print("received:", data)
            except ConnectionError:
                print("the client has gone")
