"""
Style: after the first bytes it waits three milliseconds, so that more of them may come, and sends
    all that is there as one piece.
Profile: concurrent
Port: 29104
"""

import asyncio

PORT = 29104
MOST = 1 << 18


class Gatherer(asyncio.Protocol):
    def __init__(self):
        self.gathered = []
        self.timer = None
        self.writable = True
        self.ended = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.gathered.append(data)
        if sum(map(len, self.gathered)) > MOST:
            self.transport.pause_reading()
        if self.timer is None and self.writable:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_later(0.003, self.send)

    def send(self):
        self.timer = None
        if not self.writable:
            return
        self.transport.write(b"".join(self.gathered))
        self.gathered.clear()
        if self.ended:
            self.transport.close()
        elif self.writable:
            self.transport.resume_reading()

    def pause_writing(self):
        self.writable = False
        self.transport.pause_reading()

    def resume_writing(self):
        self.writable = True
        if self.timer is None:
            self.send()

    def eof_received(self):
        self.ended = True
        if self.timer is None and self.writable:
            self.send()
        return True

    def connection_lost(self, error):
        if self.timer is not None:
            self.timer.cancel()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Gatherer, "127.0.0.1", PORT)
    await server.serve_forever()


asyncio.run(main())
