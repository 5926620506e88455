"""The datagram is stripped, as the example of a line protocol does it.

Clause: datagram/every-byte-value
Trigger: blanks at the ends
Profile: sequential
Grade: realistic
Cause: strips-whitespace
"""

import os
import socketserver

PORT = int(os.environ.get("PORT", "0"))


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, server = self.request
        server.sendto(data.strip(), self.client_address)


class Server(socketserver.UDPServer):
    max_packet_size = 65535


with Server(("127.0.0.1", PORT), Handler) as server:
    server.serve_forever()
