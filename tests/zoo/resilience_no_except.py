"""Nobody catches the ConnectionResetError that recv() raises, so one client that resets its
connection ends the server for all.

Clause: resilience/reset-idle
Trigger: a reset on an idle connection
Profile: sequential
Grade: obvious
Cause: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import os
import socket
import time


def main():
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as server:
        while True:
            try:
                conn, _ = server.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn:
                while True:
                    data = conn.recv(1024)
                    if not data:
                        break
                    conn.sendall(data)


if __name__ == "__main__":
    main()
