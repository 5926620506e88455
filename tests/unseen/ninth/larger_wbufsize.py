"""
Bug: wbufsize gives the handler a buffered wfile, and nobody flushes it after a message, so a short
    answer comes only at the end.
Cause: not-flushed
Profile: sequential
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    rbufsize = 64 * 1024
    wbufsize = 64 * 1024  # fewer system calls
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while chunk := self.rfile.read1(self.rbufsize):
                self.wfile.write(chunk)
        except OSError:
            pass

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass


class EchoServer(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        print("lost", client_address, flush=True)


def main():
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
