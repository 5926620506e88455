"""Serving with handlers that are called by an event loop: of asyncio, trio or anyio.

An exception of a handler is shown, and ends what it ends, as the library has it: asyncio logs it
and goes on, trio and anyio end the server.
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import sys
from collections.abc import Callable
from typing import Any

from harness.hosting.loading import Unfit
from harness.hosting.places import BACKLOG, Place, Unix, announce, cannot_listen, open_socket


def serve_streams(listener: socket.socket, handler: Callable[..., Any]) -> None:
    """Serve with a handler of (reader, writer)."""

    async def serve() -> None:
        server = await asyncio.start_server(handler, sock=listener, backlog=BACKLOG)
        await server.serve_forever()

    asyncio.run(serve())


def serve_protocol(listener: socket.socket, factory: Callable[[], Any]) -> None:
    """Serve with protocols that ``factory`` makes, one for each connection."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(factory, sock=listener, backlog=BACKLOG)
        await server.serve_forever()

    asyncio.run(serve())


def serve_datagram_protocol(bound: socket.socket, factory: Callable[[], Any]) -> None:
    """Serve all datagrams with the one protocol that ``factory`` makes."""

    async def serve() -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(factory, sock=bound)
        await asyncio.Event().wait()  # for ever

    asyncio.run(serve())


def serve_trio(handler: Callable[..., Any], place: Place) -> None:
    """Listen, and serve with a coroutine of one trio stream."""
    trio = library("trio")
    listener = open_socket(place, socket.SOCK_STREAM)

    async def serve() -> None:
        ours = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
        await trio.serve_listeners(handler, [ours])

    trio.run(serve)


def serve_anyio(handler: Callable[..., Any], place: Place) -> None:
    """Listen, and serve with a coroutine of one anyio stream, on asyncio.

    anyio makes the listener, since older versions cannot be given any.
    """
    anyio = library("anyio")

    async def serve() -> None:
        try:
            ours = await _listener(anyio, place)
        except OSError as error:
            raise cannot_listen(place, error) from error
        async with ours:
            told = ours.extra(anyio.abc.SocketAttribute.local_address)
            announce(place if isinstance(place, Unix) else told)
            await ours.serve(handler)

    anyio.run(serve)


async def _listener(anyio: Any, place: Place) -> Any:
    if isinstance(place, Unix):
        place.clear()
        return await anyio.create_unix_listener(place.name)
    return await anyio.create_tcp_listener(local_host=place.host, local_port=place.port)


def library(name: str) -> Any:
    """The module of a library that the harness does not depend on.  Raises Unfit without it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise Unfit(f"the handler needs {name}, which is not installed in {sys.prefix}") from None
