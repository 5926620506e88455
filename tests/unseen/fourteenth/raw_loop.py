"""
Bug: sock_recv() of the event loop is awaited, but the answer goes out by the socket's own send(),
    which does not block: it may take only a part, or raise BlockingIOError, which ends the
    connection.
Cause: short-send-ignored, would-block-closes
Profile: concurrent
Port: $PORT
"""

import asyncio
import errno
import os
import socket


class EchoServer:
    def __init__(self, host: str, port: int, *, chunk_size: int = 65536) -> None:
        self.chunk_size = chunk_size
        self.tasks: set[asyncio.Task] = set()
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(1024)
        self.listener.setblocking(False)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(self.listener)
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    await asyncio.sleep(0.05)
                continue
            client.setblocking(False)
            task = loop.create_task(self.handle(client))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def handle(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with client:
            try:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while data := await loop.sock_recv(client, self.chunk_size):
                    client.send(data)
            except OSError:
                pass


if __name__ == "__main__":
    server = EchoServer("127.0.0.1", int(os.environ["PORT"]))
    try:
        asyncio.run(server.run())
    except KeyboardInterrupt:
        pass
