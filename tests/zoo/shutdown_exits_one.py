"""The end of stream is reported as a failure: the program exits with status 1 after a good session.

Clause: shutdown/exit-status
Trigger: the end of its one connection
Profile: one-shot
Grade: obvious
Cause: exit-status
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket
import sys


def main() -> int:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        client, _ = listener.accept()
    with client:
        while True:
            try:
                data = client.recv(1024)
                if not data:
                    return 1
                client.sendall(data)
            except ConnectionError:
                return 0


if __name__ == "__main__":
    sys.exit(main())
