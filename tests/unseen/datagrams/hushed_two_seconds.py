"""Bug: the socket has a time limit of two seconds, and where nothing has come for so long the
    server takes it that everybody has gone, and ends
Cause: idle-timeout
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import socket

echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.bind(("127.0.0.1", int(os.environ["PORT"])))
started = False
while True:
    try:
        payload, client = echo.recvfrom(65535)
    except TimeoutError:
        print("nobody is there any more")
        break
    if not started:
        echo.settimeout(2)
        started = True
    echo.sendto(payload, client)
echo.close()
