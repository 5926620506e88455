"""
Bug: the handler of SIGCHLD calls waitpid() without WNOHANG until no child is left, so when one
    client has gone nobody new is accepted before all the others have gone, too.
Cause: leaver-blocks-accept
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socket
import time

BUFFER = 1024


def bury(signum, frame):
    """No zombies: wait for every child that has ended (one signal may stand for several)."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def child(server, client):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server.close()
    status = 0
    try:
        while received := client.recv(BUFFER):
            client.sendall(received)
    except OSError:
        status = 1
    client.close()
    os._exit(status)


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(128)
signal.signal(signal.SIGCHLD, bury)

while True:
    try:
        client, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    try:
        pid = os.fork()
    except OSError:
        time.sleep(0.1)
    else:
        if pid == 0:
            child(server, client)
    client.close()
