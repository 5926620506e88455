"""
Bug: every exception in the loop is caught and the loop goes on; on a connection that was reset
    something fails again and again, and its thread burns a processor for ever.
Cause: spins-at-end
Also: thread-leak, descriptor-leak
Caught by: resources/descriptors
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class Worker(threading.Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        while True:
            try:
                data = self.connection.recv(4096)
                self.connection.sendall(data)
                if not data:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.connection.close()
                    return
            except Exception:
                pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    while True:
        try:
            Worker(listener.accept()[0]).start()
        except Exception:
            time.sleep(0.1)


main()
