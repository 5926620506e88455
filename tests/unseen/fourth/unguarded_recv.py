"""
Bug: recv() of a connection that select() has reported is not guarded, so a client's reset raises
    ConnectionResetError in the main loop and ends the server.
Cause: crash-on-reset
Also: client-error-ends-server
Caught by: resilience/reset-idle
Profile: concurrent
Port: 29010
"""

import select
import socket
import time

HOST = "127.0.0.1"
PORT = 29010

listener = socket.create_server((HOST, PORT), backlog=30)
listener.setblocking(False)
inputs = [listener]
outboxes = {}

while True:
    # Who still has to take an answer is not read from.
    waiting = [s for s in outboxes if outboxes[s]]
    readers = [s for s in inputs if not outboxes.get(s)]
    readable, writable, _ = select.select(readers, waiting, [])

    for s in writable:
        try:
            n = s.send(outboxes[s])
            outboxes[s] = outboxes[s][n:]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            inputs.remove(s)
            del outboxes[s]
            s.close()

    for s in readable:
        if s is listener:
            try:
                conn, addr = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            if conn.fileno() >= 1000:
                conn.close()
                continue
            conn.setblocking(False)
            inputs.append(conn)
            outboxes[conn] = b""
        elif s in outboxes:
            data = s.recv(2048)
            if data:
                outboxes[s] += data
            else:
                inputs.remove(s)
                del outboxes[s]
                s.close()
