"""There is no loop: the server reads once and answers that, so the reply stops after 1024 bytes.

Clause: chunking/one-write-many-reads
Trigger: more than 1024 bytes on one connection
Profile: one-shot
Grade: obvious
Cause: single-read
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
server.listen(1)

connection, address = server.accept()
try:
    data = connection.recv(1024)
    connection.sendall(data)
except ConnectionError:
    pass
connection.close()
server.close()
