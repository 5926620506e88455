"""
Bug: allow_reuse_address is not set, and socketserver leaves SO_REUSEADDR off by itself: after a
    stop with clients the port stays blocked for a minute.
Cause: restart-fails
Profile: concurrent
Port: $PORT
"""

import os
import socketserver
import time

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", "9999"))


class EchoHandler(socketserver.BaseRequestHandler):
    """One instance per connection."""

    def handle(self):
        try:
            while True:
                data = self.request.recv(4096)
                if not data:
                    break
                self.request.sendall(data)
        except ConnectionError:
            pass


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 512

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.02)
            raise

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            pass


def main():
    with EchoServer((HOST, PORT), EchoHandler) as server:
        print(f"Serving on {HOST}:{PORT}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
