"""
Bug: every connection is registered for write events all the time, so select() returns at once as
    long as anybody is connected, and the program uses a whole processor while nothing happens.
Cause: busy-loop-writable
Also: spins-idle
Profile: concurrent
Port: $PORT
"""

# Networking project, part 2: the multi-connection server from the tutorial
import os
import selectors
import socket
import sys
import time
import types

sel = selectors.DefaultSelector()
EVENTS = selectors.EVENT_READ | selectors.EVENT_WRITE
LIMIT = 65536


def accept_wrapper(sock):
    try:
        conn, addr = sock.accept()  # Should be ready to read
    except (BlockingIOError, ConnectionAbortedError):
        return
    except OSError as e:
        print(f"Could not accept: {e}", flush=True)
        time.sleep(0.05)
        return
    conn.setblocking(False)
    data = types.SimpleNamespace(addr=addr, outb=bytearray(), finished=False)
    sel.register(conn, EVENTS, data=data)


def close_connection(sock):
    sel.unregister(sock)
    sock.close()


def service_connection(key, mask):
    sock = key.fileobj
    data = key.data
    try:
        if mask & selectors.EVENT_READ and not data.finished and len(data.outb) < LIMIT:
            recv_data = sock.recv(4096)
            if recv_data:
                data.outb += recv_data
            else:
                data.finished = True
        if mask & selectors.EVENT_WRITE and data.outb:
            sent = sock.send(data.outb)
            del data.outb[:sent]
    except BlockingIOError:
        pass
    except OSError:
        close_connection(sock)
        return
    if data.finished and not data.outb:
        close_connection(sock)
    elif data.finished or len(data.outb) >= LIMIT:
        sel.modify(sock, selectors.EVENT_WRITE, data)
    else:
        sel.modify(sock, EVENTS, data)


host, port = "127.0.0.1", int(os.environ["PORT"])
lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
lsock.bind((host, port))
lsock.listen(128)
print(f"Listening on {(host, port)}", flush=True)
lsock.setblocking(False)
sel.register(lsock, selectors.EVENT_READ, data=None)

try:
    while True:
        events = sel.select(timeout=None)
        for key, mask in events:
            if key.data is None:
                accept_wrapper(key.fileobj)
            else:
                service_connection(key, mask)
except KeyboardInterrupt:
    print("Caught keyboard interrupt, exiting")
    sys.exit(0)
finally:
    sel.close()
