"""
Bug: the listening socket has a time limit of two and a half seconds, and nobody catches the error
    of accept(): when no client comes for so long, the server ends.
Cause: accept-error-ends
Also: crash
Profile: sequential
Port: 24871
"""

import socket

LIMIT = 2.5  # never wait for ever, the teacher said

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.settimeout(LIMIT)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 24871))
server.listen()

client_number = 0
while True:
    client, address = server.accept()
    client_number += 1
    with client:
        try:
            message = client.recv(4096)
            while message:
                client.sendall(message)
                message = client.recv(4096)
        except ConnectionError:
            print("client", client_number, "is gone")
