"""The reference: a blocking echo server and the client to go with it.

The server is the one that a first course on networking begins with. It accepts a connection, sends
back what it receives until the client has no more to say (RFC 862), and turns to the next client.

    python -m echo_ref --port 7007              # the server; --udp, --unix PATH: not on TCP
    python -m echo_ref.client 7007 hello        # the client

`listen` and `serve` are the two halves of the server, `echo` is the client: call them. To read it,
begin with `echo_ref/server.py`, which is the lesson; `command.py` is what the rest hangs on.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from echo_ref.client import echo
    from echo_ref.server import listen, serve

__all__ = ["echo", "listen", "serve"]

_MODULE_OF = {"echo": "echo_ref.client", "listen": "echo_ref.server", "serve": "echo_ref.server"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # A name is imported when it is first asked for (PEP 562). Were both modules imported here,
        # `python -m echo_ref.client` would find itself already loaded, and Python would warn.
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_MODULE_OF[name]), name)
