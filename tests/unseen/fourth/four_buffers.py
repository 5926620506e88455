"""
Bug: four buffers are used in turn and the queue to the thread that sends has places for eight, so a
    buffer is filled again while its old content still waits to be sent.
Cause: buffer-overwritten
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: $PORT
"""

import itertools
import os
import queue
import socket
import threading
import time

BUFFERS = 4
SIZE = 4096


def sender(sock, jobs):
    while True:
        job = jobs.get()
        if job is None:
            break
        try:
            sock.sendall(job)
        except OSError:
            # Go on emptying the queue, so that the reader is not stuck.
            continue
    sock.close()


def reader(sock):
    jobs = queue.Queue(maxsize=8)
    threading.Thread(target=sender, args=(sock, jobs), daemon=True).start()
    for buffer in itertools.cycle([bytearray(SIZE) for _ in range(BUFFERS)]):
        try:
            count = sock.recv_into(buffer)
        except OSError:
            count = 0
        if not count:
            jobs.put(None)
            return
        jobs.put(memoryview(buffer)[:count])


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=reader, args=(sock,), daemon=True).start()


main()
