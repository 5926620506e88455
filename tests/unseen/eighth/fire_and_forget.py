"""
Bug: each answer is sent by a task of its own, and nothing waits for it before the next one begins;
    when a client reads slowly, several sock_sendall() want one socket, and cut in on one another.
Cause: answers-overtake
Also: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import os
import socket


class AsyncEchoServer:
    """High-performance asynchronous echo server.

    Sending is decoupled from receiving, so a slow consumer never delays the receive path.
    """

    BUFFER_SIZE = 4096

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Accept clients until cancelled."""
        loop = asyncio.get_running_loop()
        listener = socket.create_server(self._address, backlog=128)
        listener.setblocking(False)
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            task = asyncio.create_task(self._handle(client))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    async def _handle(self, client: socket.socket) -> None:
        """Echo everything that one client sends."""
        loop = asyncio.get_running_loop()
        sending: set[asyncio.Task[None]] = set()
        try:
            with contextlib.suppress(ConnectionError):
                while data := await loop.sock_recv(client, self.BUFFER_SIZE):
                    task = asyncio.create_task(self._send(client, data))
                    sending.add(task)
                    task.add_done_callback(sending.discard)
            # Let the outstanding answers reach the client before closing.
            await asyncio.gather(*sending)
        finally:
            client.close()

    @staticmethod
    async def _send(client: socket.socket, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(client, data)


if __name__ == "__main__":
    asyncio.run(AsyncEchoServer("127.0.0.1", int(os.environ["PORT"])).run())
