"""
Bug: the loop of a connection goes round 37 times and not until the client has ended, so the
    connection is closed after 37 reads.
Cause: reads-quota
Also: closes-before-client
Profile: sequential
Port: $PORT
"""

import os
import socket

ROUNDS = 37  # nobody in the class will send more than that

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen(20)
while True:
    client, address = s.accept()
    try:
        for i in range(ROUNDS):
            message = client.recv(4096)
            if message == b"":
                break
            client.sendall(message)
            print("round", i, "of", ROUNDS, len(message), "bytes")
    except OSError as e:
        print(address, e)
    client.close()
