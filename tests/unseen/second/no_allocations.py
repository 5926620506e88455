"""
Bug: all threads read into one buffer of the module; while one of them sends, another overwrites
    the bytes, so a client gets another's data.
Cause: shared-buffer
Also: buffer-overwritten
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

# Allocated once, memory is expensive.
BUFFER = bytearray(128 * 1024)
VIEW = memoryview(BUFFER)


class ClientThread(threading.Thread):
    def __init__(self, client_socket):
        threading.Thread.__init__(self, daemon=True)
        self.csocket = client_socket

    def run(self):
        try:
            while True:
                count = self.csocket.recv_into(BUFFER)
                if not count:
                    break
                self.csocket.sendall(VIEW[:count])
        except OSError:
            print("client disconnected")
        self.csocket.close()


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        clientsock, _ = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    ClientThread(clientsock).start()
