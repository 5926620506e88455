"""
Bug: the count that send() returns is ignored; when the client reads slowly, only a part of a piece
    is taken, and its rest is never sent.
Cause: short-send-ignored
Profile: concurrent
Port: $PORT
"""

import os
import queue
import select
import socket
import sys
import time

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.setblocking(False)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(64)

inputs = [server]  # sockets from which we expect to read
outputs = []  # sockets to which we expect to write
message_queues = {}
ended = set()


def forget(s):
    if s in inputs:
        inputs.remove(s)
    if s in outputs:
        outputs.remove(s)
    ended.discard(s)
    del message_queues[s]
    s.close()


while True:
    readable = [s for s in inputs if s is server or not message_queues[s].full()]
    readable, writable, _ = select.select(readable, outputs, [])
    for s in readable:
        if s is server:
            try:
                connection, client_address = s.accept()
            except OSError:
                time.sleep(0.05)
                continue
            connection.setblocking(False)
            inputs.append(connection)
            message_queues[connection] = queue.Queue(maxsize=3)
            continue
        try:
            data = s.recv(2_000_000)
        except OSError as error:
            print(error, file=sys.stderr)
            forget(s)
            continue
        if data:
            message_queues[s].put(data)
            if s not in outputs:
                outputs.append(s)
        elif s in outputs:
            inputs.remove(s)
            ended.add(s)  # closed when its queue is empty
        else:
            forget(s)
    for s in writable:
        if s not in message_queues:
            continue
        try:
            next_msg = message_queues[s].get_nowait()
        except queue.Empty:
            outputs.remove(s)
            if s in ended:
                forget(s)
            continue
        try:
            s.send(next_msg)
        except OSError as error:
            print(error, file=sys.stderr)
            forget(s)
