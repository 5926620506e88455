"""
Bug: what one client sends goes to all who are connected.
Cause: broadcast
Caught by: sessions/no-crosstalk
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

clients = []
lock = threading.Lock()


def remove(client):
    with lock:
        clients.remove(client)
    client.close()


def broadcast(message):
    with lock:
        members = list(clients)
    for member in members:
        try:
            member.sendall(message)
        except OSError:
            continue


def listen_to(client):
    try:
        while message := client.recv(4096):
            broadcast(message)
    except OSError:
        pass
    remove(client)


def run():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with lock:
            clients.append(client)
        threading.Thread(target=listen_to, args=(client,), daemon=True).start()


run()
