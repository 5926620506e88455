"""
Bug: accept() is called once, before the loop; when the first client has gone the program ends.
Cause: no-accept-loop
Caught by: launch/stays-up
Profile: sequential
Port: 5000
"""

import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 5000))
s.listen(5)
print("waiting for a connection")
c, addr = s.accept()
print("connected:", addr)
try:
    while True:
        msg = c.recv(1024)
        if not msg:
            break
        c.sendall(msg)
except OSError as e:
    print(e)
c.close()
s.close()
