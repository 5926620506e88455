"""
Bug: "or" in place of "and": after TERM the program waits until its clients have gone, without
    a limit, and for two seconds when nobody is there.
Cause: sigterm-ignored
Profile: concurrent
Port: $PORT
"""

import os
import queue
import signal
import socket
import sys
import threading
import time

active = set()
ending = threading.Event()


def write(client, pieces):
    failed = False
    while (piece := pieces.get()) is not None:
        if failed:
            continue
        try:
            client.sendall(piece)
        except OSError:
            failed = True
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def read(client):
    pieces = queue.Queue(32)
    writer = threading.Thread(target=write, args=(client, pieces), daemon=True)
    try:
        writer.start()
    except RuntimeError:
        client.close()
        active.discard(threading.current_thread())
        return
    try:
        while piece := client.recv(10_000):
            pieces.put(piece)
    except OSError:
        pass
    pieces.put(None)
    writer.join()
    client.close()
    active.discard(threading.current_thread())


def accept(server):
    while not ending.is_set():
        try:
            client, _ = server.accept()
        except OSError:
            ending.wait(0.1)
            continue
        thread = threading.Thread(target=read, args=(client,), daemon=True)
        active.add(thread)
        try:
            thread.start()
        except RuntimeError:
            active.discard(thread)
            client.close()


def end(number, frame):
    ending.set()


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
ending.wait()
listener.shutdown(socket.SHUT_RDWR)
listener.close()
print(f"shutting down, {len(active)} clients are there", file=sys.stderr, flush=True)
until = time.monotonic() + 2
while active or time.monotonic() < until:
    time.sleep(0.05)
os._exit(0)
