"""What one would write by hand with pytest and Hypothesis to fuzz an echo server.

The address comes in ECHO_ADDRESS, the number of examples in ECHO_EXAMPLES.
"""

from __future__ import annotations

import os
import socket

from hypothesis import given, settings
from hypothesis import strategies as st

HOST, _, PORT = os.environ.get("ECHO_ADDRESS", "127.0.0.1:7").rpartition(":")
EXAMPLES = int(os.environ.get("ECHO_EXAMPLES", "100"))


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(st.binary())
def test_echo(data: bytes) -> None:
    with socket.create_connection((HOST, int(PORT))) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received == data
