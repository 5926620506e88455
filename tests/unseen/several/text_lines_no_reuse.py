"""
Bug: a text file on the socket makes "\n" of each "\r\n" and answers whole lines only; and the port
    cannot be taken again after a stop.
Cause: waits-for-newline
Cause: newline-translated, line-ends-dropped
Cause: restart-fails
Caught by: chunking/prompt, identity/newlines, launch/restarts
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def converse(connection: socket.socket) -> None:
    with connection, connection.makefile("rw", encoding="latin-1") as text:
        try:
            for line in text:
                text.write(line)
                text.flush()
        except OSError as error:
            print(error)


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen(64)
while True:
    try:
        accepted = listener.accept()[0]
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=converse, args=[accepted], daemon=True).start()
