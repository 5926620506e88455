"""
Bug: each client is greeted with a line of text.
Cause: banner
Caught by: identity/nothing-extra
Profile: sequential
Port: 9999
"""

import socket
import time

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 9999))
s.listen(10)
while True:
    try:
        c, addr = s.accept()
        c.send(b"Thank you for connecting\n")
        while True:
            data = c.recv(1024)
            if not data:
                break
            c.sendall(data)
        c.close()
    except OSError as e:
        print("lost:", e)
        time.sleep(0.1)
