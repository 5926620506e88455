"""
Bug: wbufsize of the StreamRequestHandler is raised, so that wfile is a buffered writer, and nobody
    flushes it after an answer: short answers come when 64 KiB are full, or when the client has
    ended.
Cause: not-flushed
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    rbufsize = 64 * 1024
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while True:
                data = self.rfile.read1(16 * 1024)
                if not data:
                    break
                self.wfile.write(data)
        except ConnectionError:
            print("client gone:", self.client_address)


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        print("error while serving", client_address)


def main():
    address = ("127.0.0.1", int(os.environ.get("PORT", "9000")))
    with EchoServer(address, EchoHandler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
