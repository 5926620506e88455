"""
Bug: nothing around recv() and sendall() in the select loop catches an exception, so one client
    that resets its connection ends the server for everybody.
Cause: client-error-ends-server
Also: crash-on-reset
Caught by: resilience/reset-idle
Profile: concurrent
Port: 21010
"""

import select
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 21010))
listener.listen(100)
listener.setblocking(False)
inputs, waiting = [listener], {}

while True:
    reading = [s for s in inputs if not waiting.get(s)]
    ready, free, _ = select.select(reading, [s for s, data in waiting.items() if data], [])
    for s in ready:
        if s is listener:
            try:
                new, _ = listener.accept()
            except OSError:
                continue
            new.setblocking(False)
            inputs.append(new)
            continue
        data = s.recv(8192)
        if data:
            waiting[s] = data
        else:
            inputs.remove(s)
            waiting.pop(s, None)
            s.close()
    for s in free:
        waiting[s] = waiting[s][s.send(waiting[s]) :]
