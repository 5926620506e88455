"""
Bug: the condition is turned round: pipes that are empty are closed, and a pipe in which
    something is left is kept for the next client, who gets that.
Cause: leftover-of-earlier
Profile: concurrent
Port: $PORT
"""

import os
import queue
import socket
import threading
import time

pipes = queue.LifoQueue(64)
clients = queue.Queue()
idle = threading.Semaphore(0)
MINUTE = 60.0


def take_pipe():
    try:
        return pipes.get_nowait()
    except queue.Empty:
        return os.pipe()


def give_back(pipe):
    try:
        pipes.put_nowait(pipe)
    except queue.Full:
        close(pipe)


def close(pipe):
    for end in pipe:
        os.close(end)


def serve(client):
    pipe = take_pipe()
    inside = 0
    try:
        while True:
            inside = os.splice(client.fileno(), pipe[1], 50_000)
            # Before an urgent byte splice() stops as at the end: only a look tells the two apart.
            if not inside and not (data := client.recv(1)):
                break
            if not inside:
                client.sendall(data)
            while inside:
                inside -= os.splice(pipe[0], client.fileno(), inside)
    finally:
        if not inside:
            close(pipe)
        else:
            give_back(pipe)


def work():
    while True:
        try:
            client = clients.get(timeout=MINUTE)
        except queue.Empty:
            if idle.acquire(blocking=False):
                return
            continue
        with client:
            try:
                serve(client)
            except OSError as problem:
                print(f"{problem}", flush=True)
        idle.release()


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300) as server:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        if not idle.acquire(blocking=False):
            try:
                threading.Thread(target=work, daemon=True).start()
            except RuntimeError:
                peer.close()
                continue
        clients.put(peer)
