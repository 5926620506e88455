"""Replies begin only when a burst has been read to its end (EAGAIN), but reading stops when the
buffer is full: a burst larger than the buffer leaves the server waiting for an end that it does
not read.

Clause: partial-send/both-ways
Trigger: data come in faster than the server reads them, 256 KiB without a gap
Profile: concurrent
Grade: nasty
Cause: deadlock-both-ways | never-resumes
"""

import asyncio
import os
import socket

CAPACITY = 256 * 1024


class Connection:
    def __init__(self, loop, sock):
        self.loop, self.sock = loop, sock
        self.buffer = bytearray()
        loop.add_reader(sock, self.on_readable)

    def on_readable(self):
        try:
            while len(self.buffer) < CAPACITY:
                data = self.sock.recv(8192)
                if not data:
                    self.loop.create_task(self.reply(last=True))
                    break
                self.buffer += data
        except BlockingIOError:
            self.loop.create_task(self.reply())
        except OSError:
            self.close()
            return
        self.loop.remove_reader(self.sock)

    async def reply(self, last=False):
        data, self.buffer = self.buffer, bytearray()
        try:
            await self.loop.sock_sendall(self.sock, data)
        except OSError:
            last = True
        if last:
            self.close()
        else:
            self.loop.add_reader(self.sock, self.on_readable)

    def close(self):
        self.loop.remove_reader(self.sock)
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
        Connection(loop, sock)


if __name__ == "__main__":
    asyncio.run(main())
