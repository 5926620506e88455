"""The tutorial's server with a loop around accept(), and a client that goes is no error.

Style: sequential, blocking, hard-coded port 15199, no SO_REUSEADDR
Profile: sequential
"""

import socket
import time

HOST = "127.0.0.1"
PORT = 15199

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        try:
            conn, addr = s.accept()
        except OSError:
            time.sleep(0.05)  # out of descriptors
            continue
        with conn:
            print(f"Connected by {addr}")
            try:
                while True:
                    data = conn.recv(1024)
                    if not data:
                        break
                    conn.sendall(data)
            except ConnectionError:
                print("the client has gone")
