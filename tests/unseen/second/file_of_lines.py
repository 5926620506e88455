"""
Bug: the loop goes over the lines of the connection, so what has no newline yet is not answered.
Cause: waits-for-newline
Profile: sequential
Port: 22760
"""

import socket
import time

with socket.create_server(("127.0.0.1", 22760)) as server:
    while True:
        try:
            conn, addr = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            with conn, conn.makefile("rb") as incoming, conn.makefile("wb") as outgoing:
                for line in incoming:
                    outgoing.write(line)
                    outgoing.flush()
        except OSError as error:
            print(f"{addr}: {error}")
