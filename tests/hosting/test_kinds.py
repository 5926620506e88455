"""What kind of handler an object is."""

from __future__ import annotations

import asyncio
import functools
import socketserver
import types
from typing import Any

import pytest

from harness.hosting import kinds
from harness.hosting.kinds import FACTORY, beginning_with, kind_of, kind_of_made
from harness.hosting.loading import Unfit


async def streams(reader: Any, writer: Any) -> None: ...
async def with_option(reader: Any, writer: Any, greeting: bytes = b"") -> None: ...
def callback(reader: Any, writer: Any) -> None: ...
def of_a_socket(connection: Any) -> None: ...
def of_both(connection: Any, address: Any) -> None: ...
def with_default(connection: Any, address: Any = None) -> None: ...
def factory() -> asyncio.Protocol:
    return asyncio.Protocol()


class Stream(asyncio.Protocol): ...


class Buffered(asyncio.BufferedProtocol): ...


class Datagram(asyncio.DatagramProtocol): ...


class Both(asyncio.Protocol, asyncio.DatagramProtocol): ...


class Unrelated: ...


class Duck:
    def connection_made(self, transport: Any) -> None: ...
    def data_received(self, data: bytes) -> None: ...


class Request(socketserver.BaseRequestHandler): ...


class FromTheManual(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data = self.request[0].strip()
        self.request[1].sendto(data.upper(), self.client_address)


class Unpacks(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        sock.sendto(data, self.client_address)


class Reads(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(self.request.recv(100)[0:1])


class StreamRequest(socketserver.StreamRequestHandler): ...


class DatagramRequest(socketserver.DatagramRequestHandler): ...


class Server:
    async def handle(self, reader: Any, writer: Any) -> None: ...

    async def __call__(self, reader: Any, writer: Any) -> None: ...


@functools.wraps(streams)
def wrapped(*arguments: Any) -> Any:
    return streams(*arguments)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (streams, "streams"),
        (with_option, "streams"),
        (callback, "streams"),
        (wrapped, "streams"),
        (Server().handle, "streams"),
        (Server(), "streams"),
        (functools.partial(with_option, greeting=b"hi"), "streams"),
        (of_a_socket, "socket"),
        (of_both, "socket"),
        (with_default, "socket"),
        (functools.partial(of_both, address=None), "socket"),
        (Stream, "protocol"),
        (Buffered, "protocol"),
        (Duck, "protocol"),
        (Datagram, "datagram-protocol"),
        (Request, "socketserver"),
        (Reads, "socketserver"),
        (FromTheManual, "socketserver-udp"),
        (Unpacks, "socketserver-udp"),
        (StreamRequest, "socketserver"),
        (DatagramRequest, "socketserver-udp"),
        (factory, FACTORY),
        (lambda: Datagram(), FACTORY),
    ],
)
def test_kinds(handler: Any, kind: str) -> None:
    """An object is known by what it is, and by how it can be called."""
    assert kind_of(handler, {}) == kind


def module(name: str) -> types.ModuleType:
    return types.ModuleType(name)


class SocketStream:
    __module__ = "trio"


async def plain(stream: Any) -> None: ...
async def in_words(stream: anyio.abc.SocketStream) -> None: ...  # type: ignore[name-defined] # noqa: F821
async def by_name(stream: SocketStream) -> None: ...


async def by_class(stream: Any) -> None: ...


by_class.__annotations__["stream"] = SocketStream


@pytest.mark.parametrize(
    ("handler", "around", "installed", "library"),
    [
        (in_words, {}, {"trio", "anyio"}, "anyio"),
        (by_name, {"SocketStream": SocketStream}, {"trio", "anyio"}, "trio"),
        (by_class, {}, {"trio", "anyio"}, "trio"),
        (plain, {"trio": module("trio")}, {"trio", "anyio"}, "trio"),
        (plain, {"lib": module("anyio.abc")}, {"trio", "anyio"}, "anyio"),
        (plain, {"Stream": SocketStream}, {"trio", "anyio"}, "trio"),
        (in_words, {"trio": module("trio")}, {"trio"}, "anyio"),
        (plain, {}, {"trio"}, "trio"),
        (plain, {}, {"anyio"}, "anyio"),
    ],
)
def test_libraries(
    handler: Any,
    around: dict[str, Any],
    installed: set[str],
    library: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A coroutine of one stream: its annotation decides, else its module, else what there is."""
    monkeypatch.setattr(kinds, "_installed", lambda: set(installed))
    assert kind_of(handler, around) == library


@pytest.mark.parametrize(
    ("around", "installed", "said"),
    [
        ({}, {"trio", "anyio"}, "add @trio or @anyio"),
        ({"trio": module("trio"), "anyio": module("anyio")}, {"trio"}, "add @trio or @anyio"),
        ({}, set(), "neither is installed"),
    ],
)
def test_libraries_that_nobody_can_know(
    around: dict[str, Any], installed: set[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both could be meant, the user is asked to choose."""
    monkeypatch.setattr(kinds, "_installed", lambda: set(installed))
    with pytest.raises(Unfit, match=said):
        kind_of(plain, around)


async def of_three(a: Any, b: Any, c: Any) -> None: ...
async def of_none() -> None: ...
def of_four(a: Any, b: Any, c: Any, d: Any) -> None: ...
def of_any(*arguments: Any) -> None: ...
def of_keyword(connection: Any, *, address: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("text", "an object of the type str, and no handler"),
        (None, "None, and no handler"),
        (socketserver, "a module, and no handler"),
        (Stream(), "it is an object of Stream; name the class"),
        (Unrelated, "the class Unrelated is neither"),
        (Both, "streams and datagrams: add @KIND"),
        (of_three, "3 arguments"),
        (of_none, "no arguments"),
        (of_four, "4 arguments"),
        (of_any, "any number of arguments: add @KIND"),
        (of_keyword, "'address' as a keyword"),
        (asyncio.BaseProtocol, "the class BaseProtocol is neither"),
    ],
)
def test_what_is_no_handler(handler: Any, said: str) -> None:
    """It is told what the object is, and what a handler would be."""
    with pytest.raises(Unfit, match=said):
        kind_of(handler, {})


def test_what_a_factory_makes() -> None:
    """Its kind is that of its protocols; whatever else it makes is told."""
    assert kind_of_made(Stream()) == "protocol"
    assert kind_of_made(Datagram()) == "datagram-protocol"
    for made, said in ((None, "returns None"), (Stream, "an object of the type"), (3, "type int")):
        with pytest.raises(Unfit, match=said):
            kind_of_made(made)


def test_nothing_that_was_made_is_thrown_away() -> None:
    """The protocol by which a factory was recognised serves the first client."""
    numbers = iter(range(1, 4))
    made = beginning_with(0, lambda: next(numbers))
    assert [made(), made(), made()] == [0, 1, 2]
