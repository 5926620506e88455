"""main() returns the number of bytes it echoed and sys.exit() makes an exit status of it.

Clause: shutdown/exit-status
Trigger: a connection whose byte count is no multiple of 256
Profile: one-shot
Grade: nasty
Cause: exit-status
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket
import sys


def main() -> int:
    total = 0
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        connection, _ = listener.accept()
    with connection:
        try:
            while data := connection.recv(1024):
                connection.sendall(data)
                total += len(data)
        except ConnectionError:
            pass
    return total


if __name__ == "__main__":
    sys.exit(main())
