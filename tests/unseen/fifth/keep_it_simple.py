"""
Bug: no error of a client is caught, so one that resets its connection ends the program.
Cause: crash-on-reset
Also: client-error-ends-server
Beside: descriptor-famine, accept-error-ends
Caught by: resilience/reset-idle
Profile: sequential
Port: 7000
"""

import socket

with socket.create_server(("127.0.0.1", 7000)) as s:
    while True:
        conn, addr = s.accept()
        with conn:
            print("Connected by", addr)
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                conn.sendall(data)
