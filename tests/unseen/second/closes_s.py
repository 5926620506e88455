"""
Bug: after the first client `s.close()` closes the listening socket, where `c.close()` is meant; the
    next accept() fails.
Cause: listener-closed
Also: crash
Profile: sequential
Port: 24417
"""

import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 24417))
s.listen()
print("socket is listening")

while True:
    c, addr = s.accept()
    print("got connection from", addr)
    try:
        while True:
            d = c.recv(1024)
            if not d:
                break
            c.sendall(d)
    except OSError as e:
        print("client lost:", e)
    s.close()
