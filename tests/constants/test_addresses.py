"""Constants that say where the server listens."""

from __future__ import annotations

import pytest

from harness.constants import literals, python
from harness.constants.addresses import without_addresses


def values(source: str, name: str) -> list[int | bytes]:
    tree = python.tree_of(source) if name.endswith(".py") else None
    found = python.constants(tree, name) if tree else literals.constants(source, name)
    return [one.value for one in without_addresses(found, source)]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("server.py", "PORT = 15112"),
        ("server.py", "listener.bind(('127.0.0.1', 15112))"),
        ("server.py", "ARG_PORT = 15112"),
        ("server.py", "server = socket.create_server(('localhost', 15112), reuse_port=True)"),
        ("server.c", "addr.sin_port = htons(15112);"),
        ("server.js", "server.listen(15112, '::1');"),
        ("Server.java", "ServerSocket s = new ServerSocket(serverPort = 15112);"),
        ("server.go", 'net.Listen("127.0.0.1:15112")'),
    ],
)
def test_addresses_are_no_constants(name: str, source: str) -> None:
    """Neither hosts nor ports."""
    assert values(source, name) == []


@pytest.mark.parametrize(
    ("name", "source", "kept"),
    [
        ("server.py", "LIMIT = 15112", [15112]),
        ("server.py", "import socket; LIMIT = 15112", [15112]),
        ("server.py", "supported = 15112", [15112]),
        ("server.py", "if port == 15112: pass", [15112]),
        ("server.py", "report = 15112", [15112]),
        ("server.py", "WORD = b'1.2.3.4.5'", [b"1.2.3.4.5"]),
        ("server.c", "listen(fd, 128);", [128]),
    ],
)
def test_others_stay(name: str, source: str, kept: list[int | bytes]) -> None:
    """Also those that something is compared with, and small numbers."""
    assert values(source, name) == kept
