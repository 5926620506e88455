"""
Bug: eof_received() aborts the transport, which throws away what is still to be sent and resets
    the connection; a client that half-closes loses the rest of its echo.
Cause: half-close-ends-at-once
Also: pending-dropped-at-end, reset-instead-of-fin
Caught by: shutdown/lagging-reader
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=4 * 1024 * 1024)

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def eof_received(self):
        print("client has finished")
        self.transport.abort()


async def main():
    loop = asyncio.get_running_loop()
    port = int(os.environ["PORT"])
    server = await loop.create_server(Echo, "127.0.0.1", port, backlog=200)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
