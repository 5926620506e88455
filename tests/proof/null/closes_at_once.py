"""Closes each connection at once.

Profile: sequential
"""

import os
import socket

with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        listener.accept()[0].close()
