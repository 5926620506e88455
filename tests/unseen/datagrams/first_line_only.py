"""Bug: the handler reads one line of the datagram, and what stands behind its newline is not sent
Cause: rest-of-read-discarded
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import socketserver


class OneLine(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())


class Server(socketserver.UDPServer):
    max_packet_size = 65535
    allow_reuse_address = True


with Server(("127.0.0.1", int(os.environ["PORT"])), OneLine) as server:
    server.serve_forever(poll_interval=5)
