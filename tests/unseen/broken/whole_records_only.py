"""
Bug: the answer is cut into records of 1000 bytes and the last, incomplete record is forgotten
    when a read is longer than one record: 2500 bytes come back as 2000.
Cause: rest-of-read-discarded
Also: message-size-limit
Caught by: chunking/read-boundary
Profile: concurrent
Port: 21029
"""

import socket
import threading
import time

RECORD = 1000


def records(data):
    if len(data) <= RECORD:
        return [data]
    return [data[i * RECORD : (i + 1) * RECORD] for i in range(len(data) // RECORD)]


def echo(conn):
    with conn:
        try:
            while data := conn.recv(16 * RECORD):
                for record in records(data):
                    conn.sendall(record)
        except OSError:
            pass


with socket.create_server(("127.0.0.1", 21029), backlog=64) as listener:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=echo, args=(conn,), daemon=True).start()
