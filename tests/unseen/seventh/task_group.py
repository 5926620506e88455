"""
Bug: all clients are tasks of one TaskGroup, and the error of one that resets its connection is not
    caught in its task: the group cancels all the others, and the server ends.
Cause: client-error-ends-server
Also: crash-on-reset
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import socket


async def serve(conn: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with conn:
        while data := await loop.sock_recv(conn, 65536):
            await loop.sock_sendall(conn, data)


async def accept(listener: socket.socket) -> socket.socket:
    loop = asyncio.get_running_loop()
    while True:
        try:
            conn, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            conn.setblocking(False)
            return conn


async def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=200)
    listener.setblocking(False)
    # Structured concurrency: no task is ever lost.
    async with asyncio.TaskGroup() as clients:
        while True:
            clients.create_task(serve(await accept(listener)))


if __name__ == "__main__":
    asyncio.run(main())
