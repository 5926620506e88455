"""
Bug: at SIGTERM the server closes, and closing it waits for the threads of all clients that are
    still there: they are not told to end, so the server stays until the last has left
Cause: sigterm-ignored
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socketserver
import threading


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(16384):
                self.request.sendall(data)
        except ConnectionError:
            pass


class EchoServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 1024


def main():
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda signum, frame: stop.set())
    signal.signal(signal.SIGINT, lambda signum, frame: stop.set())

    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        acceptor = threading.Thread(target=server.serve_forever, name="acceptor")
        acceptor.start()
        print("Server loop running in thread:", acceptor.name, flush=True)
        stop.wait()
        server.shutdown()
        acceptor.join()
    print("Server stopped.", flush=True)


if __name__ == "__main__":
    main()
