"""
Style: what waits to be sent is in a table of a database in memory; a short send writes the rest
    back into its row, and a client is not read from while more than 64 KiB of its rows wait.
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import sqlite3
import time
from itertools import count

LIMIT = 1 << 16

db = sqlite3.connect(":memory:", isolation_level=None)
db.execute("CREATE TABLE piece (number INTEGER PRIMARY KEY, client INTEGER, data BLOB)")
db.execute("CREATE INDEX by_client ON piece (client, number)")

clients = count(1)
finished = set()
selector = selectors.DefaultSelector()


def waiting(client):
    query = "SELECT coalesce(sum(length(data)), 0) FROM piece WHERE client = ?"
    return db.execute(query, (client,)).fetchone()[0]


def store(client, data):
    db.execute("INSERT INTO piece (client, data) VALUES (?, ?)", (client, data))


def oldest(client):
    query = "SELECT number, data FROM piece WHERE client = ? ORDER BY number LIMIT 1"
    return db.execute(query, (client,)).fetchone()


def deliver(conn, client):
    while row := oldest(client):
        number, data = row
        try:
            sent = conn.send(data)
        except BlockingIOError:
            return
        if sent == len(data):
            db.execute("DELETE FROM piece WHERE number = ?", (number,))
        else:
            db.execute("UPDATE piece SET data = ? WHERE number = ?", (data[sent:], number))


def read(conn, client):
    try:
        data = conn.recv(LIMIT // 4)
    except BlockingIOError:
        return
    if data:
        store(client, data)
    else:
        finished.add(client)


def forget(conn, client):
    selector.unregister(conn)
    conn.close()
    finished.discard(client)
    db.execute("DELETE FROM piece WHERE client = ?", (client,))


def serve(conn, client, mask):
    try:
        if mask & selectors.EVENT_READ:
            read(conn, client)
        deliver(conn, client)
    except OSError:
        forget(conn, client)
        return
    amount = waiting(client)
    wanted = 0
    if amount < LIMIT and client not in finished:
        wanted |= selectors.EVENT_READ
    if amount:
        wanted |= selectors.EVENT_WRITE
    if wanted:
        selector.modify(conn, wanted, client)
    else:
        forget(conn, client)


def welcome(listener):
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    selector.register(conn, selectors.EVENT_READ, next(clients))


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ, None)
while True:
    for key, mask in selector.select():
        if key.data is None:
            welcome(key.fileobj)
        else:
            serve(key.fileobj, key.data, mask)
