"""The break is indented too little: the loop ends after its first message.

The textbook server: one client after another; hard-coded port, no SO_REUSEADDR.

Clause: shutdown/not-early
Trigger: a second message
Profile: sequential
Grade: obvious
Cause: single-read
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket

HOST = "127.0.0.1"
PORT = 15111

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
                    if data:
                        conn.sendall(data)
                    break
            except ConnectionError:
                print("the client has gone")
