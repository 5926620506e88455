"""A client that resets is taken out of the event loop but is neither closed nor removed from the
table: its descriptor stays open.

Clause: resources/descriptors
Trigger: many connections that end by a reset
Profile: concurrent
Grade: nasty
Cause: descriptor-leak
"""

import asyncio
import os
import socket

clients = {}


class Client:
    def __init__(self, loop, sock):
        self.loop, self.sock = loop, sock
        clients[sock.fileno()] = self
        self.task = loop.create_task(self.echo())

    async def echo(self):
        try:
            while data := await self.loop.sock_recv(self.sock, 16384):
                await self.loop.sock_sendall(self.sock, data)
        except ConnectionError:
            return
        del clients[self.sock.fileno()]
        self.sock.close()


async def main():
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    listener.setblocking(False)
    while True:
        try:
            sock, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        sock.setblocking(False)
        Client(loop, sock)


if __name__ == "__main__":
    asyncio.run(main())
