"""Nothing blocks: what cannot be sent at once waits in a queue of its own.

Style: selectors, queue
Profile: sequential
"""

import contextlib
import os
import selectors
import socket
from collections import deque

PORT = int(os.environ.get("PORT", "0"))

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", PORT))
server.setblocking(False)
waiting: deque[tuple[bytes, tuple[str, int]]] = deque()
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ)
while True:
    for _, mask in selector.select():
        if mask & selectors.EVENT_READ:
            with contextlib.suppress(OSError):
                waiting.append(server.recvfrom(65535))
        while waiting:
            try:
                server.sendto(*waiting[0])
            except BlockingIOError:
                break
            waiting.popleft()
    writes = selectors.EVENT_WRITE if waiting else 0
    selector.modify(server, selectors.EVENT_READ | writes)
