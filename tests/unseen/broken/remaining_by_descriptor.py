"""
Bug: what is left to send is kept by descriptor number and not removed when the connection breaks;
    the next client gets the same number and with it the rest of the other's data.
Cause: state-by-descriptor
Also: leftover-of-earlier
Caught by: sessions/no-leftovers
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
from collections import defaultdict

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Server:
    def __init__(self, port):
        self.sel = selectors.EpollSelector()
        self.left = defaultdict(bytearray)
        self.lsock = socket.create_server(("127.0.0.1", port), backlog=128)
        self.lsock.setblocking(False)
        self.sel.register(self.lsock, READ, self.on_accept)

    def on_accept(self, lsock, mask):
        try:
            conn, _ = lsock.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        conn.setblocking(False)
        self.sel.register(conn, READ, self.on_event)

    def on_event(self, conn, mask):
        try:
            left = self.left[conn.fileno()]
            if mask & READ:
                data = conn.recv(65536)
                if not data:
                    self.bye(conn)
                    return
                left += data
            if left:
                del left[: conn.send(left)]
        except BlockingIOError:
            pass
        except OSError:
            self.bye(conn)
            return
        self.sel.modify(conn, WRITE if left else READ, self.on_event)

    def bye(self, conn):
        self.sel.unregister(conn)
        conn.close()

    def forever(self):
        while True:
            for key, mask in self.sel.select():
                key.data(key.fileobj, mask)


Server(int(os.environ["PORT"])).forever()
