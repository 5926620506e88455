"""
Bug: accept() stands before the loop, so the server talks to one client and is finished; who comes
    second finds nobody.
Cause: no-accept-loop
Beside: crash-on-reset
Caught by: launch/stays-up
Profile: sequential
Port: 21002
"""

import socket

ADDRESS = ("127.0.0.1", 21002)


def start():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(ADDRESS)
    sock.listen(1)
    print("[*] Waiting for a client on %s:%d" % ADDRESS)
    client, address = sock.accept()
    print("[*] Connection from", address)
    running = True
    while running:
        try:
            message = client.recv(4096)
        except OSError:
            message = b""
        if message == b"":
            running = False
        else:
            client.sendall(message)
    client.close()
    print("[*] Disconnected")


start()
