"""
Bug: a message is read until a read gives less than 2048 bytes, and after one message the client
    is dismissed: whoever sends two small messages never sees the second come back.
Cause: short-read-is-end
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading

BUFFER_SIZE = 2048


class EchoClient(threading.Thread):
    def __init__(self, sock, address):
        super().__init__(name=f"client-{address[1]}", daemon=True)
        self.sock = sock

    def run(self):
        try:
            while True:
                part = self.sock.recv(BUFFER_SIZE)
                self.sock.sendall(part)
                if len(part) < BUFFER_SIZE:
                    # either 0 or end of data
                    break
        except OSError as problem:
            print(self.name, problem)
        finally:
            self.sock.close()


class EchoServer:
    def __init__(self, host, port):
        self.listener = socket.create_server((host, port), backlog=64)

    def run_forever(self):
        while True:
            try:
                EchoClient(*self.listener.accept()).start()
            except OSError as problem:
                print("accept:", problem)
                threading.Event().wait(0.1)


if __name__ == "__main__":
    EchoServer("127.0.0.1", int(os.environ["PORT"])).run_forever()
