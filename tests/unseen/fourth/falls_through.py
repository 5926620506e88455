"""
Bug: the child does not exit when it has served its client: it falls through to the loop, accepts
    clients too and forks further children.
Cause: child-goes-on
Caught by: resources/threads
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socket
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
sock.listen(20)

while True:
    try:
        connection, client = sock.accept()
    except OSError:
        time.sleep(0.1)
        continue
    newpid = os.fork()
    if newpid == 0:
        try:
            while True:
                received = connection.recv(2000)
                if not received:
                    break
                connection.sendall(received)
        except ConnectionError:
            pass
    connection.close()
