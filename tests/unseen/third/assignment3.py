"""
Bug: the end of the stream is tested with `len(data) < 0`, which is never true, so the loop goes
    on for ever with empty reads and the next client is never served.
Cause: missing-break
Also: spins-at-end
Profile: sequential
Port: $PORT
"""

import os
import socket

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])

# Assignment 3: write a server that sends back everything it receives.
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((HOST, PORT))
server.listen(10)
print("Server is listening on", HOST, PORT)

while True:
    conn, addr = server.accept()
    print("Connected by", addr)
    try:
        while True:
            data = conn.recv(2048)
            if len(data) < 0:
                print("Client closed the connection")
                break
            conn.sendall(data)
    except OSError as error:
        print("Connection lost:", error)
    conn.close()
