"""
Bug: each client is read once, answered and hung up on; and without SO_REUSEADDR the server cannot
    be started again for a minute.
Cause: single-read
Cause: restart-fails
Beside: spins-at-accept
Caught by: chunking/prompt, launch/restarts
Profile: sequential
Port: 21103
"""

import socket

LOCALHOST, PORT = "127.0.0.1", 21103
serversocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
serversocket.bind((LOCALHOST, PORT))
serversocket.listen(5)
while True:
    try:
        clientsocket, address = serversocket.accept()
        print("got a connection from", address)
        clientsocket.sendall(clientsocket.recv(65536))
        clientsocket.close()
    except OSError as error:
        print(error)
