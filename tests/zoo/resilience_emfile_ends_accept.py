"""It waits in accept(), and an error of accept() ends it: also that there is no descriptor left.

Clause: resilience/descriptor-famine
Trigger: accept() fails with EMFILE
Profile: sequential
Grade: realistic
Cause: descriptor-famine | accept-error-ends
"""

import contextlib
import os
import socket

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    client, _ = listener.accept()
    with client, contextlib.suppress(ConnectionError):
        while data := client.recv(4096):
            client.sendall(data)
