"""
Bug: "!=" binds more tightly than ":=", so `data` is True and not the bytes; sendall(True) raises a
    TypeError with the first message, and nobody catches it: the program ends.
Cause: crash
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((HOST, PORT))
    s.listen()
    while True:
        try:
            conn, addr = s.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with conn:
            print("Connected by", addr)
            try:
                while data := conn.recv(700) != b"":
                    conn.sendall(data)
            except OSError as error:
                print("Lost", addr, error)
