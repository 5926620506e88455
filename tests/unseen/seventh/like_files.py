"""
Bug: os.write() may write a part only, and says how much; nobody looks at that, so the rest is lost
    when a signal, such as stop and continue, comes while it waits for a slow reader.
Cause: short-send-ignored
Profile: one-shot
Port: $PORT
"""

# In Unix everything is a file!  A socket is one too.

import os
import socket

door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
door.bind(("127.0.0.1", int(os.environ["PORT"])))
door.listen(1)
guest, _ = door.accept()
fd = guest.fileno()

try:
    text = os.read(fd, 20000)
    while text != b"":
        os.write(fd, text)
        text = os.read(fd, 20000)
except OSError as e:
    print(e)

os.close(guest.detach())
door.close()
