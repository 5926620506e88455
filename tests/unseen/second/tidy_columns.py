"""
Bug: expandtabs() puts blanks in place of each tab (0x09), so tabs do not come back.
Cause: magic-byte
Also: strips-whitespace
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as server:
    while True:
        try:
            client, address = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with client:
            try:
                while message := client.recv(5000):
                    message = message.expandtabs(4)  # so that my columns are straight
                    client.sendall(message)
            except OSError as error:
                print(f"{address}: {error}")
