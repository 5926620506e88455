"""Correct handlers of each kind, for the host, and some that raise."""

import asyncio
import contextlib
import socketserver


async def streams(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Protocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


def make_protocol():
    return Protocol()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


def make_datagrams():
    return Datagrams()


class Request(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            of_socket(self.request)


class DatagramRequest(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read())


def of_socket(connection):
    while data := connection.recv(1024):
        connection.sendall(data)


def of_socket_and_address(connection, address):
    assert address == "" or address[0] == "127.0.0.1"  # of a Unix socket it is empty
    of_socket(connection)


class Deeper:
    of_socket = staticmethod(of_socket)


async def of_trio(stream: "trio.SocketStream"):  # noqa: F821 - the host reads this word
    async with stream:
        async for data in stream:
            await stream.send_all(data)


async def of_anyio(stream: "anyio.abc.SocketStream"):  # noqa: F821 - as above
    async with stream:
        async for data in stream:
            await stream.send(data)


def raises(connection):
    data = connection.recv(1024)
    len(data) / (data != b"boom")
    connection.sendall(data)


async def coroutine_raises(reader, writer):
    data = await reader.read(1024)
    try:
        len(data) / (data != b"boom")
        writer.write(data)
    finally:
        writer.close()


class RaisingRequest(socketserver.StreamRequestHandler):
    def handle(self):
        raises(self.request)
