"""The loop that sends counts what has gone, and the count is set to 0 once for each connection.

Clause: chunking/prompt
Trigger: a second message on a connection
Profile: sequential
Grade: obvious
Cause: position-not-reset
"""

import contextlib
import os
import socket
import time


def answer(client):
    sent = 0
    while data := client.recv(4096):
        while sent < len(data):
            sent += client.send(data[sent:])


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client, contextlib.suppress(ConnectionError):
        answer(client)
