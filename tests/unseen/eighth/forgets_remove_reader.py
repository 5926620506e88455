"""
Bug: a socket whose recv() fails is closed without remove_reader(), so the loop still has its number
    down as watched; the next client that gets this number is not added to epoll, and never heard.
Cause: state-by-descriptor
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import socket


class Connection:
    __slots__ = ("loop", "rest", "sock")

    def __init__(self, loop, sock):
        self.loop = loop
        self.sock = sock
        self.rest = b""
        loop.add_reader(sock, self.on_readable)

    def on_readable(self):
        try:
            self.rest = self.sock.recv(20_000)
        except BlockingIOError:
            return
        except OSError as exc:
            print("recv:", exc)
            self.sock.close()
            return
        if self.rest:
            self.loop.remove_reader(self.sock)
            self.loop.add_writer(self.sock, self.on_writable)
        else:
            self.loop.remove_reader(self.sock)
            self.sock.close()

    def on_writable(self):
        try:
            self.rest = self.rest[self.sock.send(self.rest) :]
        except BlockingIOError:
            return
        except OSError as exc:
            print("send:", exc)
            self.loop.remove_writer(self.sock)
            self.sock.close()
            return
        if not self.rest:
            self.loop.remove_writer(self.sock)
            self.loop.add_reader(self.sock, self.on_readable)


async def accept_forever(listener):
    loop = asyncio.get_running_loop()
    while True:
        try:
            sock, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        Connection(loop, sock)


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
listener.setblocking(False)
asyncio.run(accept_forever(listener))
