"""
Bug: a round-robin scheduler of generators asks every client again and again whether it has
    something, without ever waiting; one processor is busy all the time though nothing happens.
Cause: spins-idle
Caught by: resources/idle-cpu
Profile: concurrent
Port: 21009
"""

import socket
from collections import deque


def acceptor(listener, tasks):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            yield
        else:
            conn.setblocking(False)
            tasks.append(echo(conn))
            yield


def receive(conn):
    while True:
        try:
            return conn.recv(32768)
        except BlockingIOError:
            yield


def send(conn, data):
    while data:
        try:
            data = data[conn.send(data) :]
        except BlockingIOError:
            yield


def echo(conn):
    with conn:
        try:
            while data := (yield from receive(conn)):
                yield from send(conn, data)
        except OSError:
            pass


def run():
    tasks = deque()
    listener = socket.create_server(("127.0.0.1", 21009), backlog=128)
    listener.setblocking(False)
    tasks.append(acceptor(listener, tasks))
    while tasks:
        task = tasks.popleft()
        try:
            next(task)
        except StopIteration:
            continue
        tasks.append(task)


run()
