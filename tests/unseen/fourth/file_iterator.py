"""
Bug: the client is read with `for line in file`, which waits for the end of a line, so a message
    without one is not answered until more comes.
Cause: waits-for-newline
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class ClientThread(threading.Thread):
    def __init__(self, conn, peer):
        super().__init__(name=f"client-{peer[1]}", daemon=True)
        self.conn = conn

    def run(self):
        with self.conn, self.conn.makefile("rb") as lines:
            try:
                for line in lines:
                    self.conn.sendall(line)
            except OSError:
                pass


def main():
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=50) as server:
        while True:
            try:
                conn, peer = server.accept()
            except OSError as error:
                print("accept failed:", error)
                time.sleep(0.2)
                continue
            ClientThread(conn, peer).start()


main()
