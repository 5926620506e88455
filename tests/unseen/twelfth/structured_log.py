"""Bug: for the log each chunk is decoded as UTF-8: one that is no text, or that ends within a
    letter, makes it fail, and the connection is aborted.
Cause: decodes-text, decodes-each-read
Profile: concurrent
Port: $PORT
"""

import asyncio
import itertools
import json
import logging
import os
import sys


class JsonFormatter(logging.Formatter):
    def format(self, record):
        entry = {
            "ts": self.formatTime(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(entry, ensure_ascii=False)


def make_logger():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("echo")
    logger.addHandler(handler)
    logger.setLevel(os.environ.get("LOG_LEVEL", "WARNING"))
    logger.propagate = False
    return logger


log = make_logger()
serial = itertools.count(1)


class Connection(asyncio.BufferedProtocol):
    """Echoes through one receive buffer per connection."""

    def __init__(self):
        self.id = next(serial)
        self.buffer = bytearray(16 * 1024)
        self.received = 0

    def fields(self, **more):
        return {"fields": {"conn": self.id, **more}}

    def connection_made(self, transport):
        self.transport = transport
        log.info("connected", extra=self.fields(peer=transport.get_extra_info("peername")))

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        try:
            self.echo(bytes(self.buffer[:nbytes]))
        except Exception as error:
            log.error("failed", extra=self.fields(error=type(error).__name__))
            self.transport.abort()

    def echo(self, chunk):
        self.received += len(chunk)
        log.debug("received", extra=self.fields(size=len(chunk), data=chunk.decode()))
        self.transport.write(chunk)

    def pause_writing(self):
        self.transport.pause_reading()
        log.info("paused", extra=self.fields())

    def resume_writing(self):
        self.transport.resume_reading()

    def eof_received(self):
        log.info("ended", extra=self.fields(received=self.received))

    def connection_lost(self, exc):
        log.info("closed", extra=self.fields(error=repr(exc)))


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        Connection, "127.0.0.1", int(os.environ["PORT"]), backlog=1024
    )
    log.info("ready")
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
