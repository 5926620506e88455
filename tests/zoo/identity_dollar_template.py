"""Replies are templates filled from the environment: $$ becomes $, and $HOME is given away.

Clause: identity/format-directives
Trigger: two dollar signs, or one and the name of a variable
Profile: sequential
Grade: nasty
Cause: escapes-interpreted
"""

import os
import socket
import time
from string import Template


def expanded(data: bytes) -> bytes:
    text = Template(data.decode("latin-1")).safe_substitute(os.environ)
    return text.encode("latin-1", errors="replace")


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with client:
                try:
                    while data := client.recv(1024):
                        client.sendall(expanded(data))
                except ConnectionError:
                    pass


main()
