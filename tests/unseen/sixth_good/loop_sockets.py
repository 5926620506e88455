"""
Style: asyncio without streams: a task per client with sock_recv_into() and sock_sendall(), one
    buffer each; every answer is held back for three milliseconds.
Profile: concurrent
Port: 20205
"""

import asyncio
import socket

PAUSE = 0.003


async def serve(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
    buffer = memoryview(bytearray(128 * 1024))
    with sock:
        try:
            while count := await loop.sock_recv_into(sock, buffer):
                await asyncio.sleep(PAUSE)
                await loop.sock_sendall(sock, buffer[:count])
        except OSError:
            pass


async def main() -> None:
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 20205), backlog=256)
    listener.setblocking(False)
    tasks: set[asyncio.Task[None]] = set()
    while True:
        try:
            sock, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        sock.setblocking(False)
        task = asyncio.create_task(serve(loop, sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
