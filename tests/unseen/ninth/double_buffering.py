"""
Bug: the list of two buffers is made by [...] * 2, so both are the same one, and the next read
    overwrites what the task before is still sending.
Cause: buffer-overwritten
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import socket

SIZE = 32 * 1024


async def echo(loop, sock):
    """Read into one buffer while the other one is on its way out."""
    views = [memoryview(bytearray(SIZE))] * 2
    sending = None
    turn = 0
    try:
        while True:
            view = views[turn]
            count = await loop.sock_recv_into(sock, view)
            if sending is not None:
                await sending
                sending = None
            if count == 0:
                break
            sending = loop.create_task(loop.sock_sendall(sock, view[:count]))
            turn = 1 - turn
    except OSError:
        pass
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        sock.close()


async def main():
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    listener.setblocking(False)
    clients = set()
    while True:
        try:
            sock, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        sock.setblocking(False)
        task = loop.create_task(echo(loop, sock))
        clients.add(task)
        task.add_done_callback(clients.discard)


if __name__ == "__main__":
    asyncio.run(main())
